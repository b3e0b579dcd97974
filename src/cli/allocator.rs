//! What the C library's allocator keeps of freed memory.

use std::hint::black_box;

/// Lets the allocator keep what an image's decoding frees for the next image. glibc gives the end of its heap back
/// to the system when it is larger than twice the largest block it has mapped and freed, and a picture is larger
/// than that to begin with: without this a tenth of the time at 1024² goes into page faults, which also make
/// threads wait for each other. Other allocators take no notice.
pub fn keep_freed_memory() {
    const LARGEST: usize = 8 << 20;
    // The block is never written to, so it takes no memory.
    drop(black_box(Vec::<u8>::with_capacity(LARGEST)));
}

/// Has freed blocks of any size kept for the next ones, for the rest of the process. A network's maps are tens of
/// megabytes, made and freed a hundred times a step; glibc gives blocks of 32 MiB and more, and the end of its heap,
/// back to the system each time, and a quarter of the processor time of training goes into getting them again, page
/// by page. Other allocators take no notice, and neither does a program without networks.
pub fn keep_large_blocks() {
    #[cfg(all(feature = "cnn", target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "the C library has no other way")]
    // SAFETY: mallopt sets numbers under the allocator's own lock; any thread may call it at any time. What is not to
    // its liking it refuses, and allocation goes on as before.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}
