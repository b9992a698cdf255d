#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| poco_fuzz::params(data));
