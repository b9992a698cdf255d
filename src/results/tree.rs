//! A folder that a stranger's program wrote, read without ever following a link or opening anything but a regular file
//! or a folder. The system walks each path from the open folder, once, and is told to refuse links (`openat2`, Linux 5.6).
//! Where that call is missing or forbidden, and for what is too long for it, every step goes from an open folder to a name
//! in it.

use super::ResultError;
use super::error::io;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, openat, openat2, readlinkat, statat};
use rustix::io::Errno;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

/// How long all paths together may be, for each entry that is allowed: names and depth are the dapp's, and a path may be
/// far longer than what the system takes.
const MEAN_PATH_BYTES: usize = 160;
/// Folders below this depth are not read.
const MAX_DEPTH: usize = 256;
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);
const INSIDE: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);
/// What the system takes as one path, its end included.
const MAX_PATH_BYTES: usize = 4096;
/// How much of a file is hashed at once: it is still in the processor's nearest caches then.
const FEED_BYTES: usize = 32 * 1024;

/// A path below a folder, as bytes, names parted by `/`. Printable ASCII is written as it is, all else as `%XX`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Vec<u8>);

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Link,
    /// A socket, pipe or device: never opened, proved or archived.
    Special,
}

/// One name in a folder and what the file system says of it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it lies, below the tree's folder.
    pub path: RelPath,
    /// What the name stands for.
    pub kind: Kind,
    /// Its size in bytes, as the file system tells it.
    pub size: u64,
    /// Permissions, without set-uid, set-gid and sticky bits.
    pub mode: u32,
    pub(super) stamp: Stamp,
}

/// What changes when a file is written anew, whatever is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    inode: u64,
    modified_s: i64,
    modified_ns: i64,
}

/// An open folder.
#[derive(Debug)]
pub struct Tree {
    root: OwnedFd,
    at_once: bool,
}

impl Tree {
    /// Opens a folder of the worker's own.
    ///
    /// # Errors
    /// The folder cannot be opened, or is a link.
    pub fn open(path: &Path) -> Result<Self, ResultError> {
        let root = rustix::fs::open(path, FOLDER, Mode::empty());
        let root = root.map_err(|errno| io("the task's folder")(errno.into()))?;
        let at_once = openat2(&root, c".", FOLDER, Mode::empty(), INSIDE).is_ok();
        Ok(Self { root, at_once })
    }

    /// Everything below the folder, sorted by the bytes of the path.
    ///
    /// # Errors
    /// More than `limit` names, folders nested too deep, or a folder that cannot be read.
    pub fn walk(&self, limit: usize) -> Result<Vec<Node>, ResultError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut folders: Vec<Option<RelPath>> = vec![None];
        let room = limit.saturating_mul(MEAN_PATH_BYTES);
        let mut path_bytes: usize = 0;
        while let Some(folder) = folders.pop() {
            let named = |errno: Errno| {
                io(folder.as_ref().map_or("a folder".into(), RelPath::to_string))(errno.into())
            };
            let fd = self.folder(folder.as_ref()).map_err(named)?;
            for entry in Dir::read_from(&fd).map_err(named)? {
                let entry = entry.map_err(named)?;
                let name = entry.file_name().to_bytes();
                if matches!(name, b"." | b"..") {
                    continue;
                }
                let path = RelPath::join(folder.as_ref(), name);
                path_bytes = path_bytes.saturating_add(path.0.len());
                if path_bytes > room {
                    return Err(ResultError::PathsTooLong { limit_bytes: room });
                }
                let node = node(&fd, name, path).map_err(named)?;
                if nodes.len() >= limit {
                    return Err(ResultError::TooMany { limit });
                }
                if node.kind == Kind::Dir {
                    if node.path.depth() > MAX_DEPTH {
                        return Err(ResultError::TooDeep { limit: MAX_DEPTH });
                    }
                    folders.push(Some(node.path.clone()));
                }
                nodes.push(node);
            }
        }
        nodes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(nodes)
    }

    /// What stands at a path; none when nothing does or when a link is on the way.
    ///
    /// # Errors
    /// The host's file system refuses.
    pub fn find(&self, path: &RelPath) -> Result<Option<Node>, ResultError> {
        let (folder, name) = path.split();
        let found = self.folder(folder.as_ref()).and_then(|fd| node(&fd, name, path.clone()));
        match found {
            Ok(node) => Ok(Some(node)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(errno) => Err(io(path.to_string())(errno.into())),
        }
    }

    /// Opens a regular file for reading; anything else is an error, however it came there.
    ///
    /// # Errors
    /// There is no regular file at this path.
    pub fn file(&self, path: &RelPath) -> Result<File, ResultError> {
        let open = || {
            let fd = self.opened(&path.0, FILE)?;
            let kind = FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
            if kind == FileType::RegularFile { Ok(File::from(fd)) } else { Err(Errno::INVAL) }
        };
        open().map_err(|errno: Errno| io(path.to_string())(errno.into()))
    }

    /// Where a link points to, as bytes.
    ///
    /// # Errors
    /// There is no link at this path.
    pub fn target(&self, path: &RelPath) -> Result<Vec<u8>, ResultError> {
        let (folder, name) = path.split();
        let target = self.folder(folder.as_ref()).and_then(|fd| readlinkat(fd, name, Vec::new()));
        target.map(|target| target.into_bytes()).map_err(|errno| io(path.to_string())(errno.into()))
    }

    /// The sha-256 of a file's bytes or of a link's target.
    pub(super) fn sha256(&self, node: &Node) -> Result<[u8; 32], ResultError> {
        let mut hash = Sha256::new();
        match node.kind {
            Kind::Link => hash.update(self.target(&node.path)?),
            _ => feed(&mut hash, self.file(&node.path)?).map_err(io(node.path.to_string()))?,
        }
        Ok(hash.finalize().into())
    }

    fn folder(&self, path: Option<&RelPath>) -> Result<OwnedFd, Errno> {
        match path {
            Some(path) => self.opened(&path.0, FOLDER),
            None => openat(&self.root, c".", FOLDER, Mode::empty()),
        }
    }

    fn opened(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        if self.at_once && path.len() < MAX_PATH_BYTES {
            return openat2(&self.root, path, flags, Mode::empty(), INSIDE);
        }
        let mut above: Option<OwnedFd> = None;
        let mut rest = path;
        while let Some(slash) = rest.iter().position(|b| *b == b'/') {
            let (part, below) = rest.split_at(slash);
            above = Some(openat(above.as_ref().unwrap_or(&self.root), part, FOLDER, Mode::empty())?);
            rest = below.get(1..).unwrap_or_default();
        }
        openat(above.as_ref().unwrap_or(&self.root), rest, flags, Mode::empty())
    }
}

/// Opens one of the worker's own files, such as the kept stdout; none when it was never made.
pub(super) fn own_file(path: &Path) -> Result<Option<File>, ResultError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => Ok(Some(File::from(fd))),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(io("the task's stdout or stderr")(errno.into())),
    }
}

/// Feeds all of a reader to a hash, through a buffer of fixed size.
pub(super) fn feed(hash: &mut impl Digest, mut reader: impl Read) -> std::io::Result<()> {
    let mut buffer = [0; FEED_BYTES];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        hash.update(buffer.get(..count).unwrap_or_default());
    }
}

fn node(folder: &OwnedFd, name: &[u8], path: RelPath) -> Result<Node, Errno> {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Dir,
        FileType::Symlink => Kind::Link,
        _ => Kind::Special,
    };
    Ok(Node {
        path,
        kind,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        mode: stat.st_mode & 0o777,
        stamp: Stamp {
            inode: stat.st_ino,
            modified_s: stat.st_mtime,
            modified_ns: stat.st_mtime_nsec as i64,
        },
    })
}

impl RelPath {
    /// A path of names parted by `/`; none when it is empty or has an empty, `.` or `..` name.
    pub fn new(path: impl Into<Vec<u8>>) -> Option<Self> {
        let path = path.into();
        let sound = |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.contains(&0);
        path.split(|b| *b == b'/').all(sound).then_some(Self(path))
    }

    /// The path's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last name of the path.
    pub fn name(&self) -> &[u8] {
        self.split().1
    }

    /// The name in an archive: the path itself, or its escaped form when it is no UTF-8.
    pub(super) fn archive_name(&self) -> String {
        String::from_utf8(self.0.clone()).unwrap_or_else(|_| self.to_string())
    }

    pub(super) fn join(folder: Option<&RelPath>, name: &[u8]) -> Self {
        match folder {
            Some(folder) => Self([folder.0.as_slice(), b"/", name].concat()),
            None => Self(name.to_vec()),
        }
    }

    /// The folder that holds it, none for the root, and its last name.
    pub(super) fn split(&self) -> (Option<RelPath>, &[u8]) {
        match self.0.iter().rposition(|b| *b == b'/') {
            Some(at) => {
                let (folder, name) = self.0.split_at(at);
                (Some(Self(folder.to_vec())), name.get(1..).unwrap_or_default())
            }
            None => (None, &self.0),
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.0.iter().filter(|b| **b == b'/').count() + 1
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| match b {
            b'%' => f.write_str("%25"),
            b if b.is_ascii_graphic() || *b == b' ' => write!(f, "{}", char::from(*b)),
            b => write!(f, "%{b:02X}"),
        })
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for RelPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = text.bytes();
        let mut path = Vec::with_capacity(text.len());
        while let Some(byte) = bytes.next() {
            path.push(match byte {
                b'%' => {
                    let digits = [bytes.next().unwrap_or(0), bytes.next().unwrap_or(0)];
                    let mut value = [0];
                    hex::decode_to_slice(digits, &mut value).map_err(de::Error::custom)?;
                    value[0]
                }
                byte => byte,
            });
        }
        Self::new(path).ok_or_else(|| de::Error::custom("not a path below a folder"))
    }
}
