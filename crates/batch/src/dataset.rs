//! Dataset images, or a table of their features, to a training set.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::PathBuf;

use ndarray::{Array2, Axis};

use super::{ExtractedRow, Extractor, FeatureTableError, Flow, ordered};
use dftective_datasets::{Failure, Input};
use dftective_detector::{Conditions, FileProperties, TrainingSet};
use dftective_features::{Selection, Workspace};
use dftective_records::table::FeatureTable;
use dftective_sample::Label;

/// Dataset features, and the inputs that gave none.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The features.
    pub set: TrainingSet,
    /// Path of each image.
    pub paths: Vec<String>,
    /// File of each image; none at all where the features came from a table.
    pub files: Vec<PathBuf>,
    /// Source of each image, where known.
    pub sources: Vec<Option<String>>,
    /// What is known of each image's file.
    pub properties: Vec<FileProperties>,
    /// Quality at which each was saved again, where it is a copy that was made for training.
    pub copy_qualities: Vec<Option<u8>>,
    /// Inputs that could not be used.
    pub failures: Vec<Failure>,
    /// Inputs that were listed more than once; they are used once.
    pub repeated: u64,
    /// Whether all inputs were taken, or `stop` ended it.
    pub flow: Flow,
}

/// What there is to learn from before it is a matrix.
struct Gathered {
    labelled: Dataset,
    values: Vec<f64>,
}

impl Gathered {
    fn new(selection: Selection) -> Self {
        let set = TrainingSet {
            selection,
            columns: Vec::new(),
            features: Array2::zeros((0, 0)),
            fake: Vec::new(),
            groups: Vec::new(),
            conditions: Conditions::default(),
        };
        let (paths, files, sources, properties, copy_qualities, failures) = Default::default();
        let labelled = Dataset {
            set,
            paths,
            files,
            sources,
            properties,
            copy_qualities,
            failures,
            repeated: 0,
            flow: Flow::Finished,
        };
        Self {
            labelled,
            values: Vec::new(),
        }
    }

    fn add(
        &mut self,
        path: String,
        label: Label,
        source: Option<String>,
        group: Option<String>,
        file: FileProperties,
        features: &[f64],
    ) {
        self.labelled.set.conditions.add(&file);
        self.labelled.properties.push(file);
        self.labelled.paths.push(path);
        self.labelled.sources.push(source);
        self.labelled.set.fake.push(label.is_fake());
        self.labelled.set.groups.push(group);
        self.values.extend_from_slice(features);
    }

    fn fail(&mut self, path: String, error: String) {
        self.labelled.failures.push(Failure { path, error });
    }

    fn finish(mut self, columns: Vec<String>) -> Dataset {
        let shape = (self.labelled.set.fake.len(), columns.len());
        self.labelled.set.columns = columns;
        // Every row was checked to have one value a column.
        self.labelled.set.features = Array2::from_shape_vec(shape, self.values).unwrap_or_default();
        self.labelled
    }
}

impl Dataset {
    /// Features of labelled inputs, computed on `threads` threads. `on_row` hears of each input done.
    pub fn from_images(
        inputs: Vec<Input>,
        extractor: &Extractor,
        threads: usize,
        stop: impl Fn() -> bool,
        on_row: impl Fn(),
    ) -> Self {
        let mut gathered = Gathered::new(extractor.selection().clone());
        let given = inputs.len();
        let once: Vec<Input> = inputs
            .into_iter()
            .filter(|input| !matches!(input, Ok(item) if item.repeated))
            .collect();
        gathered.labelled.repeated = (given - once.len()) as u64;
        let work = |workspace: &mut Workspace, input: Input| extractor.rows(workspace, &input);
        let mut add = |row: ExtractedRow| {
            let row = extractor.fitted(row);
            match (row.features, row.item.label) {
                (Err(error), _) => gathered.fail(row.path, error),
                (Ok(_), None) => gathered.fail(row.path, "no label".to_owned()),
                (Ok(features), Some(label)) => {
                    gathered.labelled.copy_qualities.push(row.copy_quality);
                    gathered.labelled.files.push(row.item.path);
                    gathered.add(
                        row.path,
                        label,
                        row.item.source,
                        row.item.group,
                        row.file,
                        &features,
                    );
                }
            }
        };
        let sink = |rows: Vec<ExtractedRow>| {
            on_row();
            rows.into_iter().for_each(&mut add);
            Ok::<_, Infallible>(ControlFlow::Continue(()))
        };
        let Ok(flow) = ordered(once, threads, || extractor.workspace(), work, stop, sink);
        gathered.labelled.flow = flow;
        gathered.finish(extractor.columns().unwrap_or_default().to_vec())
    }

    /// A feature table. Which features they are the table says, or `selection` where it does not.
    ///
    /// # Errors
    /// A selection that can't be read, none at all, or two that differ.
    pub fn from_table(table: FeatureTable, selection: Option<&Selection>) -> Result<Self, FeatureTableError> {
        let own = table.recipe.as_deref().map(str::parse::<Selection>).transpose()?;
        let selection = match (own, selection) {
            (Some(own), Some(given)) if own != *given => {
                return Err(FeatureTableError::OtherRecipe {
                    expected: given.to_string(),
                    found: own.to_string(),
                });
            }
            (Some(own), _) => own,
            (None, Some(given)) => given.clone(),
            (None, None) => return Err(FeatureTableError::NoRecipe),
        };
        let mut gathered = Gathered::new(selection);
        let mut seen = std::collections::HashSet::new();
        for (index, path) in table.paths.iter().enumerate() {
            let label = match table.labels[index].as_deref().map(str::parse::<Label>) {
                None => Err("no label".to_owned()),
                Some(label) => label.map_err(|error| error.to_string()),
            };
            match label {
                Err(error) => gathered.fail(path.clone(), error),
                Ok(_) if !seen.insert(path) => gathered.labelled.repeated += 1,
                Ok(label) => {
                    let file = FileProperties {
                        width: table.widths[index],
                        height: table.heights[index],
                        format: table.formats[index].clone(),
                        jpeg_quality: table.jpeg_qualities[index],
                        subsampling: table.subsamplings[index].clone(),
                        resampling: table.resampling[index],
                    };
                    let (source, group) = (table.sources[index].clone(), table.groups[index].clone());
                    let row = table.features.row(index).to_vec();
                    gathered.labelled.copy_qualities.push(None);
                    gathered.add(path.clone(), label, source, group, file, &row);
                }
            }
        }
        Ok(gathered.finish(table.columns))
    }

    /// These images of them, as they stand.
    pub fn part(&self, items: &[usize]) -> Self {
        fn of<T: Clone>(all: &[T], items: &[usize]) -> Vec<T> {
            items.iter().filter_map(|&item| all.get(item).cloned()).collect()
        }
        let set = &self.set;
        Self {
            set: TrainingSet {
                selection: set.selection.clone(),
                columns: set.columns.clone(),
                features: set.features.select(Axis(0), items),
                fake: of(&set.fake, items),
                groups: of(&set.groups, items),
                conditions: set.conditions.clone(),
            },
            paths: of(&self.paths, items),
            files: of(&self.files, items),
            sources: of(&self.sources, items),
            properties: of(&self.properties, items),
            copy_qualities: of(&self.copy_qualities, items),
            failures: self.failures.clone(),
            repeated: self.repeated,
            flow: self.flow,
        }
    }
}
