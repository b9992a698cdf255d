//! Looks into an image without running anything of it: a container is made of it, read from, and removed.

use super::super::{ContainerError, Image, Labels, sandbox};
use super::{DockerEngine, status_of};
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Links that lead on to links, at most.
const MAX_LINKS: usize = 16;
/// What is read of a folder or a file at most: a header and its names, or a library.
const MOST_BYTES: usize = 32 << 20;

/// An image's files, as they lie there before a dapp runs.
#[derive(Debug)]
pub struct Peek<'a> {
    engine: &'a DockerEngine,
    container: String,
}

/// What lies under a path.
enum Entry {
    File(Vec<u8>),
    Link(PathBuf),
    Other,
}

impl DockerEngine {
    /// Opens an image's files for reading; close them again. A sweep finds by its labels what was not closed.
    ///
    /// # Errors
    /// [`ContainerError::Engine`].
    pub async fn peek(&self, image: &Image, labels: &Labels) -> Result<Peek<'_>, ContainerError> {
        let body = ContainerCreateBody {
            image: Some(image.id.clone()),
            // It is never started, but an engine makes no container without a program.
            entrypoint: Some(vec!["none".into()]),
            network_disabled: Some(true),
            labels: Some(sandbox::labels(labels)),
            ..Default::default()
        };
        let made = self.docker.create_container(None, body).await;
        let made = made.map_err(|source| ContainerError::Engine { doing: "look into an image", source })?;
        Ok(Peek { engine: self, container: made.id })
    }
}

impl Peek<'_> {
    /// A file's bytes, or as many of them as matter here; none where no file is. Links are followed.
    ///
    /// # Errors
    /// [`ContainerError::Engine`].
    pub async fn file(&self, path: &Path) -> Result<Option<Vec<u8>>, ContainerError> {
        let mut path = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            match self.entry(&path).await? {
                Some(Entry::File(bytes)) => return Ok(Some(bytes)),
                Some(Entry::Link(to)) => path = beside(&path, &to),
                Some(Entry::Other) | None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Removes what was made for reading.
    ///
    /// # Errors
    /// [`ContainerError::Engine`].
    pub async fn close(self) -> Result<(), ContainerError> {
        self.engine.remove(&self.container).await
    }

    async fn entry(&self, path: &Path) -> Result<Option<Entry>, ContainerError> {
        let options = DownloadFromContainerOptionsBuilder::new().path(&path.to_string_lossy()).build();
        let mut stream =
            std::pin::pin!(self.engine.docker.download_from_container(&self.container, Some(options)));
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) => bytes.extend_from_slice(&chunk),
                Err(error) if status_of(&error) == Some(404) => return Ok(None),
                Err(source) => {
                    return Err(ContainerError::Engine { doing: "read a file of an image", source });
                }
            }
            if bytes.len() > MOST_BYTES {
                break;
            }
        }
        Ok(first(&bytes))
    }
}

/// The first entry of an archive, which is the one that was asked for.
fn first(archive: &[u8]) -> Option<Entry> {
    let mut archive = tar::Archive::new(archive);
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    let kind = entry.header().entry_type();
    if kind.is_symlink() {
        return Some(Entry::Link(entry.link_name().ok()??.into_owned()));
    }
    if !kind.is_file() {
        return Some(Entry::Other);
    }
    let mut bytes = Vec::new();
    // What was cut off at the end is not missed: the beginning is what is looked at.
    let _ = entry.read_to_end(&mut bytes);
    Some(Entry::File(bytes))
}

/// Where a link in `path` leads to.
fn beside(path: &Path, link: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut whole = PathBuf::new();
    for part in folder.join(link).components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_their_own_folder() {
        for (path, link, found) in [
            ("/bin/sh", "dash", "/bin/dash"),
            ("/bin/sh", "/bin/busybox", "/bin/busybox"),
            ("/usr/bin/x", "../../y", "/y"),
            ("/x", "../../../y", "/y"),
            ("/a/b", "./c", "/a/c"),
        ] {
            assert_eq!(beside(Path::new(path), Path::new(link)), Path::new(found));
        }
    }
}
