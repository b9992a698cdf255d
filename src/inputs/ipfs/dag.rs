//! A node of UnixFS: protobuf inside of protobuf (the specifications of DAG-PB and UnixFS).

use super::cid::Cid;

/// A node, as far as it is read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// A part of the file, before what is linked.
    pub(super) data: Vec<u8>,
    pub(super) links: Vec<(String, Cid)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file, or a part of one.
    #[default]
    File,
    /// A folder whose links have names.
    Folder,
    /// A link, a folder in pieces, or something newer.
    Other,
}

impl Node {
    /// Reads a block; none when it is no such node, or links to what cannot be verified.
    pub(super) fn read(block: &[u8]) -> Option<Self> {
        let mut node = Self { kind: Kind::Other, ..Self::default() };
        for field in Fields(block) {
            match field? {
                (1, Value::Bytes(unixfs)) => node.read_unixfs(unixfs)?,
                (2, Value::Bytes(link)) => node.links.push(read_link(link)?),
                _ => {}
            }
        }
        Some(node)
    }

    fn read_unixfs(&mut self, bytes: &[u8]) -> Option<()> {
        for field in Fields(bytes) {
            match field? {
                (1, Value::Number(0 | 2)) => self.kind = Kind::File,
                (1, Value::Number(1)) => self.kind = Kind::Folder,
                (1, Value::Number(_)) => self.kind = Kind::Other,
                (2, Value::Bytes(data)) => self.data = data.to_vec(),
                _ => {}
            }
        }
        Some(())
    }
}

fn read_link(bytes: &[u8]) -> Option<(String, Cid)> {
    let (mut name, mut cid) = (String::new(), None);
    for field in Fields(bytes) {
        match field? {
            (1, Value::Bytes(hash)) => cid = Some(Cid::read(hash)?),
            (2, Value::Bytes(text)) => name = String::from_utf8(text.to_vec()).ok()?,
            _ => {}
        }
    }
    Some((name, cid?))
}

#[derive(Debug, PartialEq)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message; one that is none ends them.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number: u64 = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_folder_and_a_file_are_told_apart() {
        assert_eq!(Node::read(b"\x0a\x02\x08\x01").unwrap().kind, Kind::Folder);
        let file = Node::read(b"\x0a\x09\x08\x02\x12\x05hello").unwrap();
        assert_eq!((file.kind, &file.data[..], file.links.len()), (Kind::File, &b"hello"[..], 0));
        assert_eq!(Node::read(b"").unwrap().kind, Kind::Other);
        assert_eq!(Node::read(b"\x0a\x02\x08\x05").unwrap().kind, Kind::Other, "a folder in pieces");
    }

    proptest! {
        #[test]
        fn no_block_makes_it_panic(block: Vec<u8>) {
            let _ = Node::read(&block);
        }
    }
}
