//! This process's memory at its peak, as the system counts it.

/// Forgets earlier peaks, where the system can.
pub(super) fn forget_peak() {
    // Elsewhere than on Linux the figure is left out.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most bytes that lay in memory at once since then.
pub(super) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?)
}
