use super::{change, data, plain, small};
use crate::{Data, DataRecord, Experiment, Record};
use dftective_report::SchemaVersion;

fn record(experiment: Experiment, data: &Data) -> Record {
    let measurements = experiment.measure(data, || false, |_, _| ()).unwrap().unwrap();
    Record {
        schema_version: SchemaVersion,
        version: "1.2.3".to_owned(),
        command: vec!["dftective".to_owned()],
        experiment,
        embedding: None,
        data: DataRecord::new(data, Some("there".to_owned())),
        measurements,
        threads: 2,
        seconds: 1.5,
    }
}

/// Everything is right, whatever solver did it, so every figure is known.
const TEXT: &str = "\
Small

Nobody published this [1].

data      numbers
from      there
images    40 fake, 40 real; 2 features each
recipe    celeba bins=2
protocol  3 random splits, 75 % to learn from, 25 % to measure on
seed      7

Accuracy in %, published beside measured

classifier  samples  published  measured    95 % interval  diff.  agrees
────────────────────────────────────────────────────────────────────────
logistic         80    100 [1]    100.00  92.59 to 100.00   0.00  yes
k-means          80          —    100.00  92.59 to 100.00      —  —
logistic         20          —    100.00  81.57 to 100.00      —  —
k-means          20          —    100.00  81.57 to 100.00      —  —

agrees: 1 of 1 published numbers lie in the measured interval, as far as they
were rounded.
diff.: measured minus published, in percentage points.

not measured: 100 samples, as there are 80

Spread over the repetitions: accuracy in %, and area under the ROC curve

classifier  samples  deviation  lowest  highest  ROC AUC     from … to …
────────────────────────────────────────────────────────────────────────
logistic         80       0.00  100.00   100.00    1.000  1.000 to 1.000
k-means          80       0.00  100.00   100.00    1.000  1.000 to 1.000
logistic         20       0.00  100.00   100.00    1.000  1.000 to 1.000
k-means          20       0.00  100.00   100.00    1.000  1.000 to 1.000

Accuracy in % by source, all samples

source      images  logistic  k-means
─────────────────────────────────────
real taken      22    100.00   100.00
fake made       26    100.00   100.00

File properties (size, format, JPEG quality) are not known from these data,
so that nobody can tell here what they give away.
";

#[test]
fn a_record_reads_well() {
    let mut data = data(40, 6.0);
    change(&mut data, |item, sample| {
        sample.source = Some(["made", "taken"][item % 2].to_owned());
    });
    let experiment = small("repetitions = 3", "repetitions = 3\nsamples = [100, 20]");
    let text = record(experiment, &data).to_string();
    assert_eq!(text, TEXT, "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

/// Everything is right, so every figure is known: Wilson's intervals of 40 and of 80.
const LEFT_OUT: &str = "\
protocol  each source left out in turn, 4 splits
seed      7

Accuracy in %

classifier  measured    95 % interval
─────────────────────────────────────
logistic      100.00  95.42 to 100.00
k-means       100.00  95.42 to 100.00

Spread over the sources left out: accuracy in %, and area under the ROC curve

classifier  deviation  lowest  highest  ROC AUC     from … to …
───────────────────────────────────────────────────────────────
logistic         0.00  100.00   100.00    1.000  1.000 to 1.000
k-means          0.00  100.00   100.00    1.000  1.000 to 1.000

Accuracy in % on the sources left out, from which nothing was learnt

left out, classifier  accuracy    95 % interval  ROC AUC
────────────────────────────────────────────────────────
fake diffusion
real kodak
  logistic              100.00  91.24 to 100.00    1.000
  k-means               100.00  91.24 to 100.00    1.000
fake diffusion
real nikon
  logistic              100.00  91.24 to 100.00    1.000
  k-means               100.00  91.24 to 100.00    1.000
fake gan
real kodak
  logistic              100.00  91.24 to 100.00    1.000
  k-means               100.00  91.24 to 100.00    1.000
fake gan
real nikon
  logistic              100.00  91.24 to 100.00    1.000
  k-means               100.00  91.24 to 100.00    1.000

Does it carry over to sources that it has not seen? Splits on which it surely
does better than always calling the more frequent class:
logistic: 4 of 4
k-means: 4 of 4

Accuracy in % by source, all samples

source          images  logistic  k-means
─────────────────────────────────────────
real kodak          20    100.00   100.00
real nikon          20    100.00   100.00
fake diffusion      20    100.00   100.00
fake gan            20    100.00   100.00
";

#[test]
fn what_is_left_out_reads_well() {
    let mut data = data(40, 6.0);
    let sources = ["gan", "kodak", "diffusion", "nikon"];
    change(&mut data, |item, sample| {
        sample.source = Some(sources[item % 4].to_owned())
    });
    let text = record(plain().leaving_sources_out(), &data).to_string();
    let from = text.find("protocol").unwrap();
    let to = text.find("\nFile properties").unwrap();
    assert_eq!(&text[from..to], LEFT_OUT, "\n{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let sources = ["gan", "kodak", "diffusion", "kodak"];
    change(&mut data, |item, sample| {
        sample.source = Some(sources[item % 4].to_owned())
    });
    let text = record(plain().leaving_sources_out(), &data).to_string();
    assert!(
        text.contains("\nThe reals measured on come from sources whose other images were learnt from,\n"),
        "{text}"
    );
}

#[test]
fn file_properties_are_judged_beside_the_best_classifier() {
    let with = |distance: f64, is_known: fn(usize, bool) -> bool| {
        let mut data = data(100, distance);
        change(&mut data, |item, sample| {
            let width = if is_known(item, sample.is_fake()) {
                128
            } else {
                178
            };
            sample.file.width = Some(width);
        });
        record(plain(), &data).to_string()
    };
    let all = with(6.0, |_, fake| fake);
    assert!(all.contains("File properties alone (width): 100.0 % ("), "{all}");
    assert!(all.contains("these data cannot show detection, "), "{all}");
    // Right for three quarters of the items, where the classifiers are always right.
    let some = with(6.0, |item, fake| fake ^ (item % 8 < 2));
    assert!(
        some.contains("they tell the classes apart in part.\nOnly what the best classifier has"),
        "{some}"
    );
    let none = with(6.0, |_, _| true);
    assert!(none.contains("File properties alone: 50.0 % ("), "{none}");
    assert!(
        none.contains("no better\nthan guessing: size, format and JPEG quality do not"),
        "{none}"
    );
    let unknown = record(plain(), &data(40, 6.0)).to_string();
    assert!(
        unknown.contains("File properties (size, format, JPEG quality) are not known"),
        "{unknown}"
    );
}

#[test]
fn json_has_what_makes_the_table_again() {
    let data = data(40, 6.0);
    let json = serde_json::to_value(record(plain(), &data)).unwrap();
    assert_eq!(json["experiment"]["seed"], 7);
    assert_eq!(json["experiment"]["recipe"], "celeba bins=2");
    assert_eq!(json["data"]["fingerprint"], data.dataset.fingerprint());
    let first = &json["measurements"]["results"][0];
    assert_eq!(first["repetitions"].as_array().unwrap().len(), 3);
    assert_eq!(first["repetitions"][0]["accuracy"], 1.0);
    assert_eq!(first["published"][0]["percent"], 100.0);
    assert_eq!(first["published"][0]["agrees"], true);
    assert_eq!(first["parameters"]["logistic"]["c"], 1.0);
}

#[test]
fn the_fingerprint_is_of_columns_features_and_labels() {
    let same = data(4, 1.0).dataset;
    assert_eq!(same.fingerprint(), data(4, 1.0).dataset.fingerprint());
    let mut others = [same.clone(), same.clone(), same.clone()];
    others[0].samples[0].label = others[0].samples[1].label;
    others[1].features[(7, 1)] += 1e-9;
    others[2].columns[1] = "c".to_owned();
    for other in others {
        assert_ne!(other.fingerprint(), same.fingerprint());
    }
}

/// What the last program without a schema version wrote.
#[test]
fn a_record_of_schema_version_1_is_read() {
    let text = include_str!("../../fixtures/golden/experiment.json");
    let old: serde_json::Value = serde_json::from_str(text).unwrap();
    assert!(old.get(SchemaVersion::FIELD).is_none());
    let record: Record = serde_json::from_str(text).unwrap();
    let written = serde_json::to_value(&record).unwrap();
    assert_eq!(written[SchemaVersion::FIELD], SchemaVersion::CURRENT);
    assert_eq!(written["experiment"]["title"], "Tiny experiment");
    let accuracies = |record: &serde_json::Value| {
        let results = record["measurements"]["results"].as_array().unwrap().iter();
        results
            .map(|result| result["accuracy"]["mean"].as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(accuracies(&written), accuracies(&old));
    assert_eq!(accuracies(&old).len(), 4);
    assert_eq!(serde_json::from_value::<Record>(written).unwrap(), record);
}
