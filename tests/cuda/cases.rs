//! The library on the stand-in driver.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use dftective::cuda::{CudaError, Gpu, GpuOptions, devices};
use dftective::spectrum::{Accelerator, Workspace};
use image::{GrayImage, Luma};

use super::planes::{assert_close, bits, open, plan, plane, profile};
use super::{Case, Counts};

const NOTHING: fn(&Counts) -> bool = |counts| counts.kernels == 0;
const WORKED: fn(&Counts) -> bool = |counts| counts.kernels > 0;

pub const CASES: [Case; 12] = [
    Case {
        name: "no driver",
        driver: false,
        environment: &[],
        run: no_driver,
        counted: NOTHING,
    },
    Case {
        name: "no device",
        driver: true,
        environment: &[("STAND_IN_DEVICES", "0")],
        run: no_device,
        counted: NOTHING,
    },
    Case {
        name: "devices",
        driver: true,
        environment: &[("STAND_IN_DEVICES", "2")],
        run: two_devices,
        counted: NOTHING,
    },
    Case {
        name: "every recipe",
        driver: true,
        environment: &[],
        run: every_recipe,
        counted: WORKED,
    },
    Case {
        name: "half precision",
        driver: true,
        environment: &[],
        run: half_precision,
        counted: WORKED,
    },
    Case {
        name: "batches",
        driver: true,
        environment: &[],
        run: batches,
        counted: |counts| counts.graphs > 0,
    },
    Case {
        name: "mixed sizes",
        driver: true,
        environment: &[],
        run: mixed_sizes,
        counted: WORKED,
    },
    Case {
        name: "sizes that share kernels",
        driver: true,
        environment: &[],
        run: sizes_that_share_kernels,
        counted: WORKED,
    },
    Case {
        name: "quiet planes",
        driver: true,
        environment: &[],
        run: quiet_planes,
        counted: WORKED,
    },
    Case {
        name: "share of the memory",
        driver: true,
        environment: &[("STAND_IN_MEMORY", "4194304")],
        run: share_of_the_memory,
        counted: |counts| counts.kernels > 0 && counts.peak <= 4_194_304 / 2,
    },
    Case {
        name: "out of memory",
        driver: true,
        environment: &[("STAND_IN_TAKEN", "1073000000")],
        run: fails_from_the_start,
        counted: NOTHING,
    },
    Case {
        name: "lost device",
        driver: true,
        environment: &[("STAND_IN_LOST_AFTER", "21")],
        run: lost_device,
        counted: |counts| counts.kernels == 21,
    },
];

fn no_driver() {
    match devices() {
        Err(CudaError::NoDriver) => {}
        other => println!("skipped: this machine has a driver ({other:?})"),
    }
}

fn no_device() {
    assert_eq!(devices(), Ok(Vec::new()));
    let error = Gpu::open(&GpuOptions::default(), |_| ()).err().unwrap();
    assert_eq!(error.to_string(), "no CUDA device 0: the driver finds none");
}

fn two_devices() {
    let found = devices().unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((found[1].ordinal, found[1].capability), (1, (9, 0)));
    let options = GpuOptions {
        ordinal: 2,
        ..GpuOptions::default()
    };
    let error = Gpu::open(&options, |_| ()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "no CUDA device 2: the driver finds 2, counted from 0"
    );
}

fn every_recipe() {
    let (gpu, heard) = open(&GpuOptions::default());
    for recipe in [
        "default",
        "default bins=all average=log",
        "default bins=all window=none",
        "default bins=all centre=geometric radius=samples",
        "faces-hq",
        "faces-hq centre=dc average=power radius=isotropic",
        "celeba",
        "deepfake-detection window=hann",
    ] {
        for (width, height) in [
            (64, 64),
            (128, 64),
            (64, 256),
            (192, 192),
            (65, 64),
            (100, 75),
            (90, 121),
            (218, 178),
            (63, 64),
            (195, 224),
        ] {
            let plan = plan(width, height, &format!("{recipe} precision=f32"));
            let plane = plane(width, height, 7);
            let transformed = |side: u32| match recipe.starts_with("deepfake") {
                true => side - 2 * (side / 3),
                false => side,
            };
            let covered = transformed(width) >= 64 && transformed(height) >= 64;
            assert_eq!(
                gpu.ring_means(&plan, &plane).is_some(),
                covered,
                "{width}x{height} {recipe}"
            );
            assert_close(&profile(&plan, &plane, Some(&gpu)), &plane, recipe);
        }
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
    assert!(gpu.failure().is_none());
}

/// Less exact by far, and still close: for planes whose sides are powers of two, others are as ever.
fn half_precision() {
    let options = GpuOptions {
        half_precision: true,
        ..GpuOptions::default()
    };
    let ((half, _), (single, _)) = (open(&options), open(&GpuOptions::default()));
    for recipe in ["default bins=all", "faces-hq precision=f32"] {
        for (width, height) in [(64, 64), (256, 128)] {
            let (plan, plane) = (plan(width, height, recipe), plane(width, height, 3));
            let of = |gpu| profile(&plan, &plane, Some(gpu));
            let differences = of(&half).into_iter().zip(of(&single)).map(|(a, b)| (a - b).abs());
            let most = differences.fold(0.0, f64::max);
            // The bound itself is derived and held to in kernels/host/check.cpp.
            assert!(
                (1e-4..0.1).contains(&most),
                "{width}x{height} {recipe}: {most:.1e}"
            );
        }
        let (plan, plane) = (plan(100, 75, recipe), plane(100, 75, 3));
        assert_eq!(
            bits(&profile(&plan, &plane, Some(&half))),
            bits(&profile(&plan, &plane, Some(&single)))
        );
    }
}

/// Profiles of planes with seeds from 0, each asked for by `threads` threads at once.
fn together(gpu: &Arc<Gpu>, side: u32, recipe: &str, threads: u64) -> Vec<Vec<f64>> {
    let plan = plan(side, side, recipe);
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..threads)
            .map(|seed| {
                let plan = &plan;
                scope.spawn(move || profile(plan, &plane(side, side, seed), Some(gpu)))
            })
            .collect();
        asked.into_iter().map(|profile| profile.join().unwrap()).collect()
    })
}

/// The same plane gives the same bits alone and in any company.
fn batches() {
    let options = GpuOptions {
        streams: 1,
        ..GpuOptions::default()
    };
    let (gpu, heard) = open(&options);
    let plan = plan(64, 64, "default");
    let alone: Vec<Vec<f64>> = (0..200)
        .map(|seed| profile(&plan, &plane(64, 64, seed), Some(&gpu)))
        .collect();
    // While the stream works on a batch, more than a full one comes together.
    let all = together(&gpu, 64, "default", 200);
    for (a, b) in alone.iter().zip(&all) {
        assert_eq!(bits(a), bits(b));
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

fn mixed_sizes() {
    let (gpu, heard) = open(&GpuOptions::default());
    let sizes = [(64, 64), (128, 64), (100, 75), (64, 128), (60, 65), (128, 128)];
    std::thread::scope(|scope| {
        for thread in 0..12 {
            let gpu = &gpu;
            scope.spawn(move || {
                for turn in 0..sizes.len() {
                    let (width, height) = sizes[(thread + turn) % sizes.len()];
                    let (plan, plane) = (
                        plan(width, height, "default"),
                        plane(width, height, thread as u64),
                    );
                    let found = profile(&plan, &plane, Some(gpu));
                    if gpu.ring_means(&plan, &plane).is_none() {
                        assert_eq!(bits(&found), bits(&profile(&plan, &plane, None)));
                    }
                    assert_close(&found, &plane, "default");
                }
            });
        }
    });
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

/// Of two sizes with the same kernels one wants more shared memory; what is granted to the other must not take it away.
fn sizes_that_share_kernels() {
    let options = GpuOptions {
        streams: 1,
        ..GpuOptions::default()
    };
    let (gpu, heard) = open(&options);
    for width in [128, 64, 128] {
        let (plan, plane) = (plan(width, 2048, "default"), plane(width, 2048, 1));
        assert!(gpu.ring_means(&plan, &plane).is_some(), "{:?}", gpu.failure());
    }
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

/// What is too quiet for fixed point, or has no logarithm, is as if there were no device.
fn quiet_planes() {
    let (gpu, _) = open(&GpuOptions::default());
    let stripes = GrayImage::from_fn(64, 64, |x, _| Luma([(x % 2 * 200) as u8]));
    let dot = GrayImage::from_fn(64, 64, |x, y| Luma([u8::from(x == 9 && y == 30)]));
    for recipe in [
        "default",
        "faces-hq precision=f32",
        "faces-hq precision=f32 epsilon=0",
    ] {
        for plane in [&stripes, &dot] {
            let plan = plan(64, 64, recipe);
            let by = |device: Option<Arc<dyn Accelerator>>| {
                let mut profile = vec![0.0; plan.bins()];
                let mut workspace = Workspace::default().with_accelerator(device);
                plan.profile(plane, &mut workspace, &mut profile)
                    .map(|()| bits(&profile))
            };
            let whole = gpu
                .ring_means(&plan, plane)
                .is_some_and(|means| means.iter().all(|mean| mean.is_finite()));
            if !whole {
                assert_eq!(by(Some(Arc::clone(&gpu) as _)), by(None));
            }
            let has_zeros = std::ptr::eq(plane, &stripes);
            assert!(
                !(whole && has_zeros && recipe != "faces-hq precision=f32"),
                "{recipe}"
            );
        }
    }
}

/// Small images fit into the share, large ones don't and go to the processor.
fn share_of_the_memory() {
    let (gpu, heard) = open(&GpuOptions::default());
    let (small, large) = (plan(64, 64, "default"), plan(512, 512, "default"));
    for seed in 0..4 {
        assert!(gpu.ring_means(&small, &plane(64, 64, seed)).is_some());
        assert!(gpu.ring_means(&large, &plane(512, 512, seed)).is_none());
    }
    let plane = plane(512, 512, 1);
    assert_eq!(profile(&large, &plane, Some(&gpu)), profile(&large, &plane, None));
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

fn fails_from_the_start() {
    let (gpu, heard) = open(&GpuOptions::default());
    let plan = plan(256, 256, "default");
    for seed in 0..3 {
        let plane = plane(256, 256, seed);
        assert_eq!(
            bits(&profile(&plan, &plane, Some(&gpu))),
            bits(&profile(&plan, &plane, None))
        );
    }
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    assert_eq!(
        gpu.failure().unwrap().to_string(),
        "out of GPU memory while taking memory for a batch"
    );
}

/// Every profile is right, whichever of device and processor made it; the loss is told once.
fn lost_device() {
    let (gpu, heard) = open(&GpuOptions::default());
    for round in 0..3 {
        for (seed, found) in (0..).zip(together(&gpu, 64, "default", 20 + round)) {
            assert_close(&found, &plane(64, 64, seed), "default");
        }
    }
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    assert!(matches!(gpu.failure(), Some(CudaError::Driver { .. })));
    assert!(
        gpu.ring_means(&plan(64, 64, "default"), &plane(64, 64, 1))
            .is_none()
    );
}
