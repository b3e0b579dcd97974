//! What of an item a network sees.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use image::RgbImage;
use image::imageops::crop_imm;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Input;
use crate::augment::Variation;
use crate::pictures::colours;
use crate::{Clips, CnnError};
use dftective_classify::{Architecture, Augmentation, CropPlaces, InputKind, NetworkParams};
use dftective_decode::Decoded;
use dftective_features::{FeatureError, Tiles};

/// What a network sees of an image, as it stands in a detector's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRule {
    /// The network.
    pub architecture: Architecture,
    /// What it sees at a time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: InputKind,
    /// Side of the squares it sees, pixels.
    pub side: u32,
    /// Whether the logit is the mean with that of the mirror image.
    pub mirror: bool,
    /// Whether images are scaled to the square first.
    pub resize: bool,
    /// The squares of an image that are judged: together, or one by one and averaged, as [`input`](Self::input) says.
    /// `None` where the middle is all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<Tiles>,
}

fn is_default(input: &InputKind) -> bool {
    *input == InputKind::default()
}

/// What is judged of an item.
pub(crate) struct Views {
    /// Size and upper left corner of the part of a frame that is looked at, pixels.
    pub part: ((u32, u32), (u32, u32)),
    pub views: Vec<View>,
}

/// One input of several whose logits are averaged.
pub(crate) struct View {
    pub input: Input,
    /// Where the squares of each frame are.
    pub corners: Vec<(u32, u32)>,
}

impl InputRule {
    /// As `params` say a network is trained.
    ///
    /// # Errors
    /// A side or a number of squares that [`Tiles`] do not have.
    pub fn of(params: &NetworkParams) -> Result<Self, FeatureError> {
        Self::with_input(params, params.architecture.entry().input)
    }

    /// As `params` say a network is trained that sees this.
    pub(crate) fn with_input(params: &NetworkParams, input: InputKind) -> Result<Self, FeatureError> {
        let squares = params.views().max(input.crops() as u32);
        let is_whole = params.resize && input.crops() == 1;
        let tiles = (!is_whole).then(|| Tiles::new(params.side(), squares));
        Ok(Self {
            architecture: params.architecture,
            input,
            side: params.side(),
            mirror: params.views() == 1 && params.augmentation.flip,
            resize: params.resize,
            tiles: tiles.transpose()?,
        })
    }

    pub(crate) fn check(self) -> Result<Self, CnnError> {
        let Self {
            architecture, side, ..
        } = self;
        if !architecture.takes_side(side) {
            return Err(CnnError::InputRule(format!(
                "{architecture} with squares of {side} pixels, expected {}",
                architecture.sides()
            )));
        }
        if self.input != architecture.entry().input {
            return Err(CnnError::InputRule(format!(
                "{:?} for {architecture}, which sees {:?}",
                self.input,
                architecture.entry().input
            )));
        }
        match self.tiles.map(Tiles::side).filter(|cut| *cut != side) {
            Some(cut) => Err(CnnError::InputRule(format!(
                "squares of {cut} pixels for a network that sees {side}"
            ))),
            None => Ok(self),
        }
    }

    /// What is seen of an item to learn from, varied, all squares by one draw.
    pub(crate) fn example(
        &self,
        clips: &dyn Clips,
        item: usize,
        augmentation: &Augmentation,
        rng: &mut ChaCha8Rng,
    ) -> Result<Input, CnnError> {
        let error = |cause: String| CnnError::Picture {
            path: clips.name(item),
            cause,
        };
        let frames = self
            .frames(clips.frames(item), |free| match augmentation.crop {
                CropPlaces::Centre => free / 2,
                CropPlaces::Grid | CropPlaces::Anywhere => rng.gen_range(0..=free),
            })
            .map_err(|cause| error(cause.to_string()))?;
        let (mut squares, mut variation) = (Vec::new(), None);
        for frame in frames {
            let image = clips.frame(item, frame)?;
            let picture = self.colours(&image);
            let variation = match &mut variation {
                Some(drawn) => drawn,
                None => {
                    let (size, crops) = (picture.dimensions(), self.input.crops());
                    let drawn = Variation::drawn(size, self.side, crops, augmentation, rng);
                    variation.insert(drawn.map_err(error)?)
                }
            };
            squares.extend(variation.squares(&picture).map_err(error)?);
        }
        Ok(Input(squares))
    }

    /// What is judged of an item of so many frames, which `read` gives: at least one view.
    ///
    /// # Errors
    /// Fewer frames or pixels than are seen, frames of several sizes, or an error of `read`.
    pub(crate) fn views<'a, E: From<FeatureError>>(
        &self,
        count: usize,
        read: impl Fn(usize) -> Result<Cow<'a, Decoded>, E>,
    ) -> Result<Views, E> {
        let (mut found, mut size) = (None, (0, 0));
        for frame in self.frames(count, |free| free / 2)? {
            let image = read(frame)?;
            let picture = self.colours(&image);
            let found = match &mut found {
                Some(found) => found,
                None => {
                    size = picture.dimensions();
                    found.insert(self.places(image.luma.dimensions(), size)?)
                }
            };
            check_size(picture.dimensions(), size)?;
            for View { input, corners } in &mut found.views {
                let squares = corners
                    .iter()
                    .map(|&(x, y)| crop_imm(picture.as_ref(), x, y, self.side, self.side).to_image());
                input.0.extend(squares);
            }
        }
        // There is a frame at least.
        found.ok_or_else(|| {
            let (found, needed) = (0, 1);
            FeatureError::FewFrames { found, needed }.into()
        })
    }

    /// [`Self::views`] of a picture by itself.
    pub(crate) fn views_of_picture(&self, image: &Decoded) -> Result<Views, FeatureError> {
        self.views(1, |_| Ok(Cow::Borrowed(image)))
    }

    /// Where the squares of a picture are, none of them cut yet; `size` is the picture's, `original` that before it was
    /// scaled.
    fn places(&self, original: (u32, u32), size: (u32, u32)) -> Result<Views, FeatureError> {
        let side = self.side;
        let (part, views) = match (self.tiles, self.input.crops()) {
            (Some(tiles), 1) => {
                let each = corners(tiles, size)?.into_iter().map(|corner| vec![corner]);
                ((size, (0, 0)), each.collect())
            }
            (Some(_), crops) => ((size, (0, 0)), vec![spread(size, side, crops)?]),
            (None, _) if size != (side, side) && !self.resize => {
                let (width, height) = original;
                return Err(FeatureError::TooSmall {
                    family: "network",
                    width,
                    height,
                    needed: side,
                });
            }
            (None, _) => {
                let middle = ((size.0 - side) / 2, (size.1 - side) / 2);
                (((side, side), middle), vec![vec![middle]])
            }
        };
        let empty = |corners| View {
            input: Input(Vec::new()),
            corners,
        };
        let views = views.into_iter().map(empty).collect();
        Ok(Views { part, views })
    }

    /// The frames that are seen of so many; `start` chooses how many of those that can be left out are before them.
    fn frames(&self, count: usize, start: impl FnOnce(usize) -> usize) -> Result<Range<usize>, FeatureError> {
        let needed = self.input.frames();
        let free = count
            .checked_sub(needed)
            .ok_or(FeatureError::FewFrames { found: count, needed })?;
        let start = if free == 0 { 0 } else { start(free) };
        Ok(start..start + needed)
    }

    fn colours<'a>(&self, image: &'a Decoded) -> Cow<'a, RgbImage> {
        colours(image, self.resize.then_some(self.side))
    }
}

/// As in `squares of 128 pixels, at most 9 of a picture`.
impl fmt::Display for InputRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tiles {
            None => write!(f, "pictures scaled to {} pixels", self.side)?,
            Some(tiles) => write!(
                f,
                "squares of {} pixels, at most {} of a picture",
                tiles.side(),
                tiles.count()
            )?,
        }
        self.input.fmt(f)
    }
}

/// The corners of the squares of a picture.
fn corners(tiles: Tiles, (width, height): (u32, u32)) -> Result<Vec<(u32, u32)>, FeatureError> {
    let corners = tiles.corners(width, height);
    if corners.is_empty() {
        return Err(FeatureError::TooSmall {
            family: "crops",
            width,
            height,
            needed: tiles.side(),
        });
    }
    Ok(corners)
}

/// The corners of exactly so many squares, spread evenly; where there is room for fewer, some stand twice.
pub(crate) fn spread(size: (u32, u32), side: u32, count: usize) -> Result<Vec<(u32, u32)>, FeatureError> {
    let corners = corners(Tiles::new(side, count as u32)?, size)?;
    Ok(corners.into_iter().cycle().take(count).collect())
}

/// An error unless a frame's size is that of the first.
pub(crate) fn check_size(
    (width, height): (u32, u32),
    (first_width, first_height): (u32, u32),
) -> Result<(), FeatureError> {
    if (width, height) == (first_width, first_height) {
        return Ok(());
    }
    Err(FeatureError::FrameSize {
        width,
        height,
        first_width,
        first_height,
    })
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb};

    use super::*;
    use crate::augment::generator;

    /// Frames of noise, or one frame again and again.
    struct Memory(Vec<Decoded>);

    impl Clips for Memory {
        fn name(&self, _: usize) -> String {
            "memory".to_owned()
        }

        fn frames(&self, _: usize) -> usize {
            self.0.len()
        }

        fn frame(&self, _: usize, frame: usize) -> Result<Cow<'_, Decoded>, CnnError> {
            Ok(Cow::Borrowed(&self.0[frame]))
        }
    }

    fn picture(seed: u64) -> Decoded {
        let mut rng = generator(seed, 0, 0);
        let rgb = RgbImage::from_fn(96, 72, |_, _| Rgb([0; 3].map(|_: u8| rng.r#gen())));
        decoded(rgb)
    }

    fn decoded(rgb: RgbImage) -> Decoded {
        let mut file = std::io::Cursor::new(Vec::new());
        rgb.write_to(&mut file, image::ImageFormat::Png).unwrap();
        let limits = dftective_decode::Limits::default();
        dftective_decode::decode_channels(file.get_ref(), &limits, crate::pictures::CHANNELS).unwrap()
    }

    fn rule(input: InputKind, views: u32) -> InputRule {
        let params = NetworkParams {
            side: Some(32),
            views: Some(views),
            ..NetworkParams::default()
        };
        InputRule::with_input(&params, input).unwrap()
    }

    fn all() -> Augmentation {
        "flip,crop=anywhere,jpeg=50..90,blur=0.5..2,saturation=0.5..1.5"
            .parse()
            .unwrap()
    }

    #[test]
    fn all_frames_of_a_clip_are_varied_by_one_draw() {
        let still = Memory(vec![picture(1); 3]);
        let moving = Memory((1..4).map(picture).collect());
        let single = Memory(vec![picture(1)]);
        let mut seen = Vec::new();
        for index in 0..20 {
            let draw = |clips: &Memory, input| {
                let mut rng = generator(7, 1, index);
                rule(input, 1).example(clips, 0, &all(), &mut rng).unwrap().0
            };
            let of_still = draw(&still, InputKind::Clip(3));
            assert_eq!(of_still.len(), 3);
            assert!(of_still.iter().all(|square| *square == of_still[0]));
            // As a picture by itself is varied, and the first frame whatever follows.
            assert_eq!(draw(&single, InputKind::Square), of_still[..1]);
            let of_moving = draw(&moving, InputKind::Clip(3));
            assert_eq!(of_moving[0], of_still[0]);
            assert!(of_moving[1] != of_moving[0] && of_moving[2] != of_moving[1]);
            seen.push(of_still[0].clone());
        }
        assert!(seen[1..].iter().all(|square| *square != seen[0]), "draws differ");
    }

    #[test]
    fn squares_seen_together_differ_in_their_places_alone() {
        let column = |x: u32, y: u32| Rgb([x as u8, y as u8, 200]);
        let places = Memory(vec![decoded(RgbImage::from_fn(96, 72, column))]);
        let together = rule(InputKind::Crops(5), 1);
        let text = "flip,crop=anywhere".parse().unwrap();
        let mut corners = Vec::new();
        for index in 0..20 {
            let mut rng = generator(7, 1, index);
            let squares = together.example(&places, 0, &text, &mut rng).unwrap().0;
            assert_eq!(squares.len(), 5);
            let rises = |square: &RgbImage| square.get_pixel(1, 0).0[0] > square.get_pixel(0, 0).0[0];
            assert!(squares.iter().all(|square| rises(square) == rises(&squares[0])));
            corners.extend(squares.iter().map(|square| square.get_pixel(0, 0).0));
        }
        corners.sort_unstable();
        corners.dedup();
        assert!(corners.len() > 50, "{}", corners.len());
        // Without variation they are where they are judged.
        let mut rng = generator(7, 1, 0);
        let middle = together.example(&places, 0, &Augmentation::NONE, &mut rng);
        let views = together.views(1, |frame| places.frame(0, frame)).unwrap().views;
        assert_eq!(views.len(), 1);
        assert_eq!(middle.unwrap(), views[0].input);
        assert_eq!(views[0].corners, spread((96, 72), 32, 5).unwrap());
        let lone = rule(InputKind::Crops(5), 1).views(1, |_| {
            let image = picture(1).cut(0, 0, 32).unwrap();
            Ok::<_, CnnError>(Cow::Owned(image))
        });
        assert_eq!(lone.unwrap().views[0].corners, [(0, 0); 5]);
    }

    #[test]
    fn the_middle_frames_are_judged_at_each_square() {
        let clip = Memory((0..6).map(picture).collect());
        let rule = rule(InputKind::Clip(3), 4);
        let views = rule.views(6, |frame| clip.frame(0, frame)).unwrap();
        assert_eq!(views.part, ((96, 72), (0, 0)));
        let corners = rule.tiles.unwrap().corners(96, 72);
        assert!(corners.len() > 1);
        assert_eq!(views.views.len(), corners.len());
        for (view, corner) in views.views.iter().zip(corners) {
            assert_eq!(view.corners, [corner]);
            let cut = |frame: usize| {
                let rgb = clip.0[frame].rgb.as_ref().unwrap();
                crop_imm(rgb, corner.0, corner.1, 32, 32).to_image()
            };
            assert_eq!(view.input.0, [1, 2, 3].map(cut));
        }
        // Every start is drawn.
        let mut starts: Vec<usize> = (0..40)
            .map(|index| {
                let text = "crop=grid".parse().unwrap();
                let squares = rule.example(&clip, 0, &text, &mut generator(7, 1, index));
                let first = &squares.unwrap().0[0];
                let begins = |frame: &usize| {
                    let rgb = clip.0[*frame].rgb.as_ref().unwrap();
                    let at = |x: u32, y: u32| crop_imm(rgb, x * 8, y * 8, 32, 32).to_image() == *first;
                    (0..=8).any(|x| (0..=5).any(|y| at(x, y)))
                };
                (0..6).find(begins).unwrap()
            })
            .collect();
        starts.sort_unstable();
        starts.dedup();
        assert_eq!(starts, [0, 1, 2, 3]);
    }

    #[test]
    fn a_scaled_picture_is_seen_in_its_middle() {
        let params = NetworkParams {
            side: Some(32),
            resize: true,
            ..NetworkParams::default()
        };
        let rule = InputRule::of(&params).unwrap();
        let grey = Decoded {
            rgb: None,
            luma: GrayImage::from_pixel(96, 64, Luma([9])),
            ..picture(1)
        };
        let views = rule.views_of_picture(&grey).unwrap();
        assert_eq!(views.part, ((32, 32), (8, 0)));
        assert_eq!(views.views[0].corners, [(8, 0)]);
        assert_eq!(
            views.views[0].input.0,
            [RgbImage::from_pixel(32, 32, Rgb([9; 3]))]
        );
    }

    #[test]
    fn a_rule_for_another_kind_of_input_is_refused() {
        let good = InputRule::of(&NetworkParams::new(Architecture::SrmResnet)).unwrap();
        let clip = InputRule {
            input: InputKind::Clip(9),
            ..good
        };
        let text = serde_json::to_string(&clip).unwrap();
        assert_eq!(serde_json::from_str::<InputRule>(&text).unwrap(), clip);
        let error = clip.check().unwrap_err().to_string();
        assert!(
            error.ends_with("Clip(9) for srm-resnet, which sees Square"),
            "{error}"
        );
    }

    #[test]
    fn a_rule_that_no_network_can_follow_is_refused() {
        let good = InputRule::of(&NetworkParams::new(Architecture::SrmResnet)).unwrap();
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(serde_json::from_str::<InputRule>(&text).unwrap(), good);
        assert!(good.clone().check().is_ok());
        for (rule, expected) in [
            (
                InputRule {
                    side: 16,
                    ..good.clone()
                },
                "srm-resnet with squares of 16 pixels, expected from 32 to 1024",
            ),
            (
                InputRule {
                    side: 64,
                    ..good.clone()
                },
                "squares of 128 pixels for a network that sees 64",
            ),
        ] {
            let error = rule.check().unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
        assert!(serde_json::from_str::<InputRule>("{\"architecture\":\"srm-resnet\"}").is_err());
    }
}
