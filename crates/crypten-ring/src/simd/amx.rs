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

/// A row of a tile, four bytes a word. A tile is 16 of them; a *step* of a panel is two tiles, one above or beside the other.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u32; TILE_ROWS]);

impl Line {
    pub(crate) const ZERO: Self = Self([0; TILE_ROWS]);
}

/// Lines of a step.
pub(crate) const STEP: usize = 2 * TILE_ROWS;

/// The sums of a block of 32 x 32: four tiles, row by row of tiles.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Sums(pub(crate) [[[u32; TILE_ROWS]; TILE_ROWS]; 4]);

impl Sums {
    pub(crate) const ZERO: Self = Self([[[0; TILE_ROWS]; TILE_ROWS]; 4]);
}

/// Whether this machine has the registers and lets this process use them.
pub(crate) fn is_available() -> bool {
    static AVAILABLE: LazyLock<bool> = LazyLock::new(detect);
    *AVAILABLE
}

/// Writes the sum over `i` of the products of the panels `left[i]` and `right[count - 1 - i]`, modulo 2^32. A panel is a
/// row of steps; the panels of an operand follow one another.
///
/// # Panics
/// If the registers are not there, or an operand has not at least `count` panels of `steps` steps.
pub(crate) fn multiply(left: &[Line], right: &[Line], steps: usize, count: usize, out: &mut Sums) {
    assert!(
        is_available() && steps > 0 && count > 0,
        "a product on registers that are not there, or of nothing"
    );
    assert!(left.len().min(right.len()) >= count * steps * STEP, "panels of {steps} steps");
    run(left, right, steps, count, out);
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
fn run(left: &[Line], right: &[Line], steps: usize, count: usize, out: &mut Sums) {
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
    let last = (count - 1) * steps * STEP;
    // SAFETY: the registers are there, and the kernel has granted them. `left` is read from its first line on, `count`
    // panels; `right` from the last of `count` panels back to the first: both are as long, as the caller has checked.
    // Four tiles of 1024 bytes are written to `out`, which is as large. The registers are released at the end.
    unsafe {
        std::arch::asm!(
            "ldtilecfg [{configuration}]",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "2:",
            "mov {step}, {steps}",
            "3:",
            "tileloadd tmm4, [{left} + {stride}]",
            "tileloadd tmm6, [{right} + {stride}]",
            "tileloadd tmm7, [{right} + {stride} + 1024]",
            "tileloadd tmm5, [{left} + {stride} + 1024]",
            "tdpbuud tmm0, tmm4, tmm6",
            "tdpbuud tmm1, tmm4, tmm7",
            "tdpbuud tmm2, tmm5, tmm6",
            "tdpbuud tmm3, tmm5, tmm7",
            "add {left}, 2048",
            "add {right}, 2048",
            "dec {step}",
            "jnz 3b",
            "sub {right}, {back}",
            "dec {count}",
            "jnz 2b",
            "tilestored [{out} + {stride}], tmm0",
            "tilestored [{out} + {stride} + 1024], tmm1",
            "tilestored [{out} + {stride} + 2048], tmm2",
            "tilestored [{out} + {stride} + 3072], tmm3",
            "tilerelease",
            configuration = in(reg) &raw const CONFIGURATION,
            left = inout(reg) left.as_ptr() => _,
            right = inout(reg) right[last..].as_ptr() => _,
            step = out(reg) _,
            steps = in(reg) steps,
            stride = in(reg) TILE_DEPTH,
            back = in(reg) 2 * steps * STEP * TILE_DEPTH,
            count = inout(reg) count => _,
            out = in(reg) &raw mut out.0,
            options(nostack),
        );
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn detect() -> bool {
    false
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn run(_: &[Line], _: &[Line], _: usize, _: usize, _: &mut Sums) {
    unreachable!("the registers are never available here");
}
