//! Networks among the classifiers of an experiment.

#[cfg(feature = "cnn")]
pub use fitting::fitted;

#[cfg(feature = "cnn")]
mod fitting {
    use std::time::Instant;

    use crate::Data;
    use crate::outcome::{Outcome, Spent, seconds_each};
    use crate::plan::PlannedSplit;
    use dftective_classify::{EpochReport, NetworkParams};
    use dftective_evaluate::group_numbers;
    use dftective_networks::{Callbacks, CnnError, Files, TrainJob};

    /// Test pictures that scoring is timed on.
    const PICTURES: usize = 16;

    struct Observer<'a> {
        stop: &'a dyn Fn() -> bool,
        on_epoch: &'a dyn Fn(),
    }

    impl Callbacks for Observer<'_> {
        fn stops(&self) -> bool {
            (self.stop)()
        }

        fn on_epoch(&self, _: &EpochReport) {
            (self.on_epoch)();
        }
    }

    /// A network trained on one split, and its logits of the items held out; `None` when stopped. `on_epoch` hears of each
    /// epoch planned, whether it was needed or not.
    pub fn fitted(
        params: &NetworkParams,
        data: &Data,
        split: &PlannedSplit,
        stop: &dyn Fn() -> bool,
        on_epoch: &dyn Fn(),
    ) -> Result<Option<Outcome>, CnnError> {
        let started = Instant::now();
        let groups = group_numbers(&data.dataset.groups());
        let pictures = Files {
            files: &data.dataset.files(),
            limits: data.limits,
        };
        let job = TrainJob {
            params,
            pictures: &pictures,
            fake: &data.dataset.fake(),
            groups: groups.as_deref(),
            items: &split.parts.train,
            init: None,
            seed: split.seed,
        };
        let Some(trained) = dftective_networks::train(&job, None, &Observer { stop, on_epoch })? else {
            return Ok(None);
        };
        let fit_seconds = started.elapsed().as_secs_f64();
        for _ in trained.reports.len()..params.epochs {
            on_epoch();
        }
        let network = trained.network;
        let test = &split.parts.test;
        let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let margin_seconds = one_core.map_or(f64::NAN, |pool| {
            pool.install(|| {
                seconds_each(test, PICTURES, |&item| {
                    let _ = dftective_networks::margins(&network, &pictures, &[item]);
                })
            })
        });
        Ok(Some(Outcome {
            test: test.clone(),
            margins: dftective_networks::margins(&network, &pictures, test)?,
            trained_on: split.parts.train.len(),
            converged: true,
            one_class_only: false,
            spent: Spent {
                fit_seconds,
                margin_seconds,
                bytes: network.bytes(),
            },
        }))
    }
}
