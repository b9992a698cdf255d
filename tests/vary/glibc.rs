//! An image of a few programs of the distribution that are linked with glibc at run time, without a shell.

use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::TryStreamExt;
use poco::container::policy::Wanted;
use poco::container::{DockerEngine, Engine, Image};
use poco::dapp::ImageRef;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use tokio::sync::OnceCell;

const NAME: &str = "poco-test/glibc:1";
const PROGRAMS: [&str; 4] = ["/usr/bin/perl", "/usr/bin/date", "/usr/bin/uname", "/usr/bin/true"];

pub(crate) async fn image() -> Image {
    static BUILT: OnceCell<Image> = OnceCell::const_new();
    BUILT
        .get_or_init(|| async {
            let changes = vec!["ENV PATH=/usr/bin".to_owned(), "CMD [\"true\"]".to_owned()];
            let options = CreateImageOptionsBuilder::new().from_src("-").repo(NAME).changes(changes).build();
            let body = bollard::body_full(rootfs().into());
            let docker = crate::container_support::docker().await;
            docker.create_image(Some(options), Some(body), None).try_collect::<Vec<_>>().await.unwrap();
            let engine = DockerEngine::connect().await.unwrap();
            engine.image(&Wanted::new(ImageRef::new(NAME))).await.unwrap()
        })
        .await
        .clone()
}

fn rootfs() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut libraries = BTreeSet::new();
    for program in PROGRAMS {
        add(&mut tar, program.as_ref(), program.as_ref());
        let listed = Command::new("ldd").arg(program).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let paths = listed.split_whitespace().filter(|word| word.starts_with('/'));
        libraries.extend(paths.map(ToOwned::to_owned));
    }
    for library in &libraries {
        add(&mut tar, library.as_ref(), library.as_ref());
    }
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), "#!/usr/bin/perl\nprint time, qq(\\n)").unwrap();
    add(&mut tar, script.path(), "/usr/bin/script".as_ref());
    tar.into_inner().unwrap()
}

fn add(tar: &mut tar::Builder<Vec<u8>>, from: &Path, to: &Path) {
    let content = std::fs::read(from).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(content.len() as u64);
    tar.append_data(&mut header, to.strip_prefix("/").unwrap(), content.as_slice()).unwrap();
}
