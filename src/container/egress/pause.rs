//! The program of the container that keeps a network while a dapp runs in it: it waits for ever.
//!
//! It is made here, two dozen bytes of code behind the headers of an ELF file, because an empty image has no program that
//! could be run, this very one is larger by a factor of a million, and none can be downloaded.

/// Its place in its image.
pub(in crate::container) const PLACE: &str = "pause";

/// Where it lies in its own memory; the code follows the headers.
const BASE: u64 = 0x40_0000;
const FILE_HEADER: u16 = 64;
const PROGRAM_HEADER: u16 = 56;

/// The kernel's number for the processor, and the code: `pause`, or `ppoll` for nothing, and again if that comes back.
const CODE: Option<(u16, &[u8])> = if cfg!(target_arch = "x86_64") {
    Some((0x3e, &X86_64))
} else if cfg!(target_arch = "aarch64") {
    Some((0xb7, &AARCH64))
} else {
    None
};

const X86_64: [u8; 9] = [
    0xb8, 34, 0, 0, 0, // mov eax, 34
    0x0f, 0x05, // syscall
    0xeb, 0xf7, // jmp to the start
];

const AARCH64: [u8; 32] = [
    0x00, 0x00, 0x80, 0xd2, // mov x0, 0
    0x01, 0x00, 0x80, 0xd2, // mov x1, 0
    0x02, 0x00, 0x80, 0xd2, // mov x2, 0
    0x03, 0x00, 0x80, 0xd2, // mov x3, 0
    0x04, 0x00, 0x80, 0xd2, // mov x4, 0
    0x28, 0x09, 0x80, 0xd2, // mov x8, 73
    0x01, 0x00, 0x00, 0xd4, // svc 0
    0xf9, 0xff, 0xff, 0x17, // b to the start
];

/// The program, for this processor; none where nobody has written it yet.
pub(in crate::container) fn program() -> Option<Vec<u8>> {
    CODE.map(|(machine, code)| elf(machine, code))
}

/// An ELF file of one segment that is read and run.
fn elf(machine: u16, code: &[u8]) -> Vec<u8> {
    let headers = u64::from(FILE_HEADER + PROGRAM_HEADER);
    let length = headers + code.len() as u64;
    let mut file = Vec::new();
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    // A program, its machine, version 1, its first instruction, its one program header, no sections.
    [2, machine, 1, 0].iter().for_each(|short| file.extend(short.to_le_bytes()));
    [BASE + headers, u64::from(FILE_HEADER), 0].iter().for_each(|long| file.extend(long.to_le_bytes()));
    [0, 0, FILE_HEADER, PROGRAM_HEADER, 1, 0, 0, 0].iter().for_each(|short| file.extend(short.to_le_bytes()));
    // Loaded whole, to be read and run.
    [1_u32, 5].iter().for_each(|word| file.extend(word.to_le_bytes()));
    [0, BASE, BASE, length, length, 0x1_0000].iter().for_each(|long: &u64| file.extend(long.to_le_bytes()));
    file.extend(code);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_are_as_long_as_they_say() {
        for (machine, code) in [(0x3e, &X86_64[..]), (0xb7, &AARCH64)] {
            let file = elf(machine, code);
            assert_eq!(file.len(), usize::from(FILE_HEADER + PROGRAM_HEADER) + code.len());
            assert_eq!((file[18], &file[120..]), (machine as u8, code));
        }
    }
}
