//! A seeded generator of labelled synthetic images, to show, test and measure the program without any data.
//!
//! Both classes begin with the same kind of scene and lens and end with the same grain, tone curve, 8 bits and
//! JPEG settings. What lies between differs: a **real** is sampled by a camera's sensor, a **fake** is computed
//! small and brought up by the layers of a generator's decoder. No two pictures share a scene, so nothing leaks
//! between parts of a split however it is drawn.
//!
//! # Scene
//! Dead leaves (Lee, Mumford and Huang, "Occlusion models for natural images", IJCV 41, 2001): ellipses and
//! polygons at uniform places hide one another, with radii of density ∝ r⁻³ on \[0.022, 0.42\] sides, so that the
//! picture looks alike at every scale between. A leaf has a colour from a small palette, a gradient, and a texture:
//! Gaussian noise of amplitude spectrum 1/f, some with a wandering grating. Leaves cast soft shadows under a light
//! that varies slowly over the scene. Edges are weighted by covered area.
//!
//! # Real
//! In linear light with white at 1: Gaussian lens blur of 0.5 to 1.7 pixels; a Bayer array; noise of variance
//! (n + ρ²)/w² for n = w·light electrons, full well w of 1,200 to 12,000 and read noise ρ of 2 to 6; bilinear
//! interpolation of the missing colours, since most photographs have been interpolated; the sRGB curve.
//!
//! # Fake
//! The blurred scene is averaged over 2 × 2 blocks and put through the tone curve, as generators work in sRGB; for a
//! quarter it is averaged once more. It is then doubled once or twice by one [`Mechanism`]. With X the spectrum of
//! the small plane of N × N samples and X′ that of the doubled plane:
//!
//! - nearest: X′(u, v) = X(u mod N, v mod N)·(1 + e^(−iπu/N))·(1 + e^(−iπv/N)), zero at Nyquist;
//! - bilinear: the weights ¾, ¼ at half-pixel centres;
//! - zero insertion: X′(u, v) = X(u mod N, v mod N), then a 3 × 3 kernel near a tent: a transposed convolution,
//!   whose uneven kernel leaves a checkerboard (Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts",
//!   Distill 2016);
//! - pixel shuffle: four 3 × 3 convolutions interleaved (Shi et al., "Real-Time Single Image and Video
//!   Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", CVPR 2016).
//!
//! After each doubling come a random 3 × 3 convolution of the three channels near the identity and a leaky ReLU; a
//! soft tanh ends the decoder. Between two doublings a share of the half-size scene's details is added, since a
//! trained decoder adds detail at every size. Each channel is then given the mean and deviation of its scene, and
//! the picture the noise that a camera would have laid on it, so that neither brightness, contrast nor grain is the
//! difference. What remains is the upsampling's trace in the spectrum, the subject of Durall et al., "Unmasking
//! DeepFakes with simple Features" (2019) and "Callbacks your Up-Convolution" (CVPR 2020).
//!
//! # What it does not model
//! Faces or any object; a trained network, its learnt kernels, depth or mistakes of meaning; chromatic aberration,
//! distortion, sharpening and denoising in a camera; other demosaicing; resizing, editing or a second compression.
//! A detector that does well here works as built; how it does on real deepfakes these pictures cannot say.
//!
//! The same seed gives the same bytes on any number of threads. Sines and exponentials come from the platform's
//! mathematical library, so another platform may differ in the last bit of a sample.

mod camera;
mod dataset;
mod decoder;
mod error;
mod mechanism;
mod params;
mod plane;
mod scene;
mod shape;
#[cfg(test)]
mod tests;
mod texture;

pub use dataset::{Written, write_dataset};
pub use error::SynthError;
pub use mechanism::Mechanism;
pub use params::{SynthImage, SynthParams};
