//! Products of matrices of bytes on the tile registers of AMX: 1024 multiply-adds a cycle.
//!
//! A tile register holds 16 rows of 64 bytes. `tdpbuud` adds to 16 x 16 sums of 32 bits the products of 16 rows of 64
//! bytes and of 16 columns of 64 bytes; the right operand has four bytes of a column side by side in each row. The
//! compiler knows these registers by name only, so one block of assembly loads, multiplies and stores.
//! Source: Intel, "Architecture Instruction Set Extensions Programming Reference", chapter 3.
#![expect(unsafe_code, reason = "the instructions exist in assembly only")]

use std::sync::LazyLock;

/// Rows of a tile, and bytes of a row.
pub(crate) const TILE_ROWS: usize = 16;
pub(crate) const TILE_DEPTH: usize = 64;

/// A row of a tile, four bytes a word. A tile is 16 of them; a *part* is two tiles, one above or beside the other, for
/// one byte of each word; a *step* is the eight parts for all bytes.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u32; TILE_ROWS]);

impl Line {
    pub(crate) const ZERO: Self = Self([0; TILE_ROWS]);
}

/// Lines of a part.
pub(crate) const PART: usize = 2 * TILE_ROWS;

/// Lines of a step.
pub(crate) const STEP: usize = BYTES * PART;

/// Bytes of a word.
pub(crate) const BYTES: usize = 8;

/// For each `s < 8`, the sums of a block of 32 x 32: four tiles, row by row of tiles.
#[repr(C, align(64))]
pub(crate) struct Sums(pub(crate) [[[[u32; TILE_ROWS]; TILE_ROWS]; 4]; BYTES]);

impl Sums {
    pub(crate) const ZERO: Self = Self([[[[0; TILE_ROWS]; TILE_ROWS]; 4]; BYTES]);
}

/// Whether this machine has the registers and lets this process use them.
pub(crate) fn is_available() -> bool {
    static AVAILABLE: LazyLock<bool> = LazyLock::new(detect);
    *AVAILABLE
}

/// Adds to the sums for each `s` the products of bytes `i` of the left and `s - i` of the right operand, over all
/// steps, modulo 2^32.
///
/// # Panics
/// If the registers are not there, or the operands are not whole steps, as many on either side.
pub(crate) fn add_products(left: &[Line], right: &[Line], sums: &mut Sums) {
    assert!(is_available(), "a product on registers that are not there");
    assert!(
        left.len() == right.len() && left.len().is_multiple_of(STEP),
        "operands that are not whole steps"
    );
    if !left.is_empty() {
        run(left, right, sums);
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn detect() -> bool {
    /// Asks the kernel for the tile registers: `arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`.
    const ARCH_PRCTL: u64 = 158;
    const REQUEST_PERMISSION: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let has = |flag| {
        let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        text.split_ascii_whitespace().any(|word| word == flag)
    };
    if !has("amx_tile") || !has("amx_int8") {
        return false;
    }
    let mut result = ARCH_PRCTL;
    // SAFETY: the call takes two numbers and changes no memory of this process; the kernel overwrites rcx and r11.
    unsafe {
        std::arch::asm!(
            "syscall",
            inout("rax") result,
            in("rdi") REQUEST_PERMISSION,
            in("rsi") TILE_DATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn run(left: &[Line], right: &[Line], sums: &mut Sums) {
    /// Palette 1; eight tiles of 16 rows of 64 bytes.
    #[repr(C, align(64))]
    struct Configuration([u8; 64]);
    static CONFIGURATION: Configuration = {
        let mut bytes = [0; 64];
        bytes[0] = 1;
        let mut tile = 0;
        while tile < 8 {
            bytes[16 + 2 * tile] = TILE_DEPTH as u8;
            bytes[48 + tile] = TILE_ROWS as u8;
            tile += 1;
        }
        Configuration(bytes)
    };
    // SAFETY: the registers are there, and the kernel has granted them. Each of the steps of `left` and `right`, as
    // many as the caller has counted, is read once, within its eight parts: part `i` of the one with part `s - i` of
    // the other. For each `s` the four tiles of `sums` are read and written. The registers are released at the end.
    unsafe {
        std::arch::asm!(
            "ldtilecfg [{configuration}]",
            "2:",
            "mov {s}, 1",
            "3:",
            "mov {a}, {left}",
            // Part s - 1 of this step, where s counts from 1, and the tiles of s.
            "mov {b}, {s}",
            "shl {b}, 11",
            "lea {b}, [{right} + {b} - 2048]",
            "mov {tiles}, {s}",
            "shl {tiles}, 12",
            "lea {tiles}, [{sums} + {tiles} - 4096]",
            "tileloadd tmm0, [{tiles} + {stride}]",
            "tileloadd tmm1, [{tiles} + {stride} + 1024]",
            "tileloadd tmm2, [{tiles} + {stride} + 2048]",
            "tileloadd tmm3, [{tiles} + {stride} + 3072]",
            "mov {pair}, {s}",
            "4:",
            "tileloadd tmm4, [{a} + {stride}]",
            "tileloadd tmm6, [{b} + {stride}]",
            "tileloadd tmm7, [{b} + {stride} + 1024]",
            "tileloadd tmm5, [{a} + {stride} + 1024]",
            "tdpbuud tmm0, tmm4, tmm6",
            "tdpbuud tmm1, tmm4, tmm7",
            "tdpbuud tmm2, tmm5, tmm6",
            "tdpbuud tmm3, tmm5, tmm7",
            "add {a}, 2048",
            "sub {b}, 2048",
            "dec {pair}",
            "jnz 4b",
            "tilestored [{tiles} + {stride}], tmm0",
            "tilestored [{tiles} + {stride} + 1024], tmm1",
            "tilestored [{tiles} + {stride} + 2048], tmm2",
            "tilestored [{tiles} + {stride} + 3072], tmm3",
            "inc {s}",
            "cmp {s}, 8",
            "jbe 3b",
            "add {left}, 16384",
            "add {right}, 16384",
            "dec {steps}",
            "jnz 2b",
            "tilerelease",
            configuration = in(reg) &raw const CONFIGURATION,
            left = inout(reg) left.as_ptr() => _,
            right = inout(reg) right.as_ptr() => _,
            steps = inout(reg) left.len() / STEP => _,
            sums = in(reg) &raw mut sums.0,
            stride = in(reg) TILE_DEPTH,
            a = out(reg) _,
            b = out(reg) _,
            tiles = out(reg) _,
            s = out(reg) _,
            pair = out(reg) _,
            options(nostack),
        );
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn detect() -> bool {
    false
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn run(_: &[Line], _: &[Line], _: &mut Sums) {
    unreachable!("the registers are never available here");
}
