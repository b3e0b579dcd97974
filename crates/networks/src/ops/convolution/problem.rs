//! The sizes of a convolution.

/// One convolution: how many images, channels and maps, and what happens along each axis.
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    pub images: usize,
    pub channels: usize,
    pub maps: usize,
    /// Vertical, horizontal.
    pub axes: [Axis; 2],
}

impl Problem {
    /// None if the shapes do not fit each other, or there is nothing to compute.
    pub fn new(
        input: [usize; 4],
        weight: [usize; 4],
        stride: [usize; 2],
        padding: [usize; 2],
        dilation: [usize; 2],
    ) -> Option<Self> {
        let [images, channels, ..] = input;
        let [maps, weight_channels, ..] = weight;
        let axis = |i| Axis::new(input[2 + i], weight[2 + i], stride[i], padding[i], dilation[i]);
        let axes = [axis(0)?, axis(1)?];
        let fits = channels == weight_channels && images * channels * maps > 0;
        fits.then_some(Self {
            images,
            channels,
            maps,
            axes,
        })
    }

    pub fn input_shape(&self) -> [usize; 4] {
        let [vertical, horizontal] = &self.axes;
        [self.images, self.channels, vertical.input, horizontal.input]
    }

    pub fn output_shape(&self) -> [usize; 4] {
        let [vertical, horizontal] = &self.axes;
        [self.images, self.maps, vertical.output, horizontal.output]
    }

    pub fn weight_shape(&self) -> [usize; 4] {
        let [vertical, horizontal] = &self.axes;
        [self.maps, self.channels, vertical.kernel, horizontal.kernel]
    }

    /// Places in the kernel: rows times columns.
    pub fn area(&self) -> usize {
        self.axes.iter().map(|axis| axis.kernel).product()
    }

    /// Rows and columns of a place in the kernel, in the order of the weights.
    pub fn taps(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let [rows, columns] = self.axes.map(|axis| axis.kernel);
        (0..rows).flat_map(move |row| (0..columns).map(move |column| [row, column]))
    }
}

/// A convolution along one axis. A padded pixel u belongs to the phase u mod stride, where it is number ⌊u / stride⌋.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub input: usize,
    pub output: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl Axis {
    fn new(input: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Option<Self> {
        let span = kernel.checked_sub(1)?.checked_mul(dilation)?.checked_add(1)?;
        let steps = input
            .checked_add(padding.checked_mul(2)?)?
            .checked_sub(span)?
            .checked_div(stride)?;
        (input > 0 && dilation > 0).then_some(Self {
            input,
            output: steps + 1,
            kernel,
            stride,
            padding,
            dilation,
        })
    }

    /// The phase that a tap of the kernel sees.
    pub fn phase(&self, tap: usize) -> usize {
        tap * self.dilation % self.stride
    }

    /// Pixels of that phase from an output pixel to the one that the tap sees.
    pub fn shift(&self, tap: usize) -> usize {
        tap * self.dilation / self.stride
    }

    /// The largest shift.
    pub fn reach(&self) -> usize {
        self.shift(self.kernel - 1)
    }

    /// The phases that any tap sees, ascending.
    pub fn phases(&self) -> Vec<usize> {
        let mut phases: Vec<usize> = (0..self.kernel).map(|tap| self.phase(tap)).collect();
        phases.sort_unstable();
        phases.dedup();
        phases
    }

    /// Numbers within a phase, from the first to past the last, that hold pixels of the input.
    pub fn numbers(&self) -> std::ops::Range<usize> {
        self.padding / self.stride..(self.padding + self.input - 1) / self.stride + 1
    }
}
