//! How the C library's allocator treats large blocks.

/// Has freed blocks of any size kept for the next ones, for the rest of the process. A network's maps are tens of
/// megabytes, made and freed a hundred times a step; glibc gives blocks of 32 MiB and more, and the end of its heap,
/// back to the system each time, and a quarter of the processor time of training goes into getting them again, page
/// by page. Other allocators take no notice.
pub fn keep_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt sets numbers under the allocator's own lock; any thread may call it at any time. What is not to
    // its liking it refuses, and allocation goes on as before.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}
