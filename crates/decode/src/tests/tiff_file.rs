//! A writer of TIFF files for tests: any tags, in either byte order, classic or BigTIFF.

/// Values of a tag.
#[derive(Clone)]
pub enum Values {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    /// Numerators over 1.
    Fractions(Vec<u32>),
}

/// What a file's numbers look like.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub little_endian: bool,
    pub big: bool,
}

pub const CLASSIC: Style = Style {
    little_endian: true,
    big: false,
};

/// One picture.
#[derive(Clone)]
pub struct Picture {
    pub tags: Vec<(u16, Values)>,
    /// Strips, or tiles where there is a tag for their width.
    pub chunks: Vec<Vec<u8>>,
    /// Pictures of its SubIFDs tag.
    pub below: Vec<Picture>,
}

pub fn short(tag: u16, value: u32) -> (u16, Values) {
    (tag, Values::Shorts(vec![value as u16]))
}

impl Picture {
    /// With the tags that every picture has; one strip unless there are others.
    pub fn new(
        width: u32,
        height: u32,
        bits: u32,
        samples: u32,
        photometric: u32,
        chunks: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            tags: vec![
                short(256, width),
                short(257, height),
                (258, Values::Shorts(vec![bits as u16; samples as usize])),
                short(262, photometric),
                short(277, samples),
            ],
            chunks,
            below: Vec::new(),
        }
    }

    /// With another tag, or another value of one.
    pub fn with(mut self, tag: (u16, Values)) -> Self {
        self.tags.retain(|(name, _)| *name != tag.0);
        self.tags.push(tag);
        self
    }

    fn is_tiled(&self) -> bool {
        self.tags.iter().any(|(tag, _)| *tag == 322)
    }
}

/// A file of a chain of pictures.
pub fn tiff(style: Style, pictures: &[Picture]) -> Vec<u8> {
    let mut file = File {
        style,
        bytes: Vec::new(),
    };
    file.bytes.extend(if style.little_endian { b"II" } else { b"MM" });
    if style.big {
        file.number(43, 2);
        file.number(8, 2);
        file.number(0, 2);
    } else {
        file.number(42, 2);
    }
    let mut link = file.bytes.len();
    file.number(0, style.offset());
    for picture in pictures {
        let (directory, next) = file.picture(picture);
        file.link(link, directory);
        link = next;
    }
    file.bytes
}

impl Style {
    fn offset(self) -> usize {
        if self.big { 8 } else { 4 }
    }
}

struct File {
    style: Style,
    bytes: Vec<u8>,
}

impl File {
    fn field(&self, value: u64, size: usize) -> Vec<u8> {
        if self.style.little_endian {
            value.to_le_bytes()[..size].to_vec()
        } else {
            value.to_be_bytes()[8 - size..].to_vec()
        }
    }

    fn number(&mut self, value: u64, size: usize) {
        let field = self.field(value, size);
        self.bytes.extend(field);
    }

    fn link(&mut self, at: usize, offset: usize) {
        let field = self.field(offset as u64, self.style.offset());
        self.bytes[at..at + field.len()].copy_from_slice(&field);
    }

    fn append(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
        let at = self.bytes.len();
        self.bytes.extend(bytes);
        at as u32
    }

    /// The offset of the picture's directory, and of its link to the next.
    fn picture(&mut self, picture: &Picture) -> (usize, usize) {
        let offsets: Vec<u32> = picture.chunks.iter().map(|chunk| self.append(chunk)).collect();
        let counts = picture.chunks.iter().map(|chunk| chunk.len() as u32).collect();
        let mut tags = picture.tags.clone();
        let places = if picture.is_tiled() {
            (324, 325)
        } else {
            (273, 279)
        };
        tags.push((places.0, Values::Longs(offsets)));
        tags.push((places.1, Values::Longs(counts)));
        if !picture.below.is_empty() {
            let below = picture.below.iter().map(|each| self.picture(each).0 as u32);
            let below = below.collect();
            tags.push((330, Values::Longs(below)));
        }
        tags.sort_by_key(|(tag, _)| *tag);
        let (count_size, offset_size) = if self.style.big { (8, 8) } else { (2, 4) };
        let mut entries = Vec::new();
        for (tag, values) in &tags {
            let (kind, count, bytes) = self.values(values);
            entries.extend(self.field(u64::from(*tag), 2));
            entries.extend(self.field(kind, 2));
            entries.extend(self.field(count as u64, offset_size));
            let mut field = if bytes.len() <= offset_size {
                bytes
            } else {
                let at = self.append(&bytes);
                self.field(u64::from(at), offset_size)
            };
            field.resize(offset_size, 0);
            entries.extend(field);
        }
        let directory = self.append(&[]) as usize;
        self.number(tags.len() as u64, count_size);
        self.bytes.extend(entries);
        let link = self.bytes.len();
        self.number(0, offset_size);
        (directory, link)
    }

    fn values(&self, values: &Values) -> (u64, usize, Vec<u8>) {
        match values {
            Values::Bytes(values) => (7, values.len(), values.clone()),
            Values::Shorts(values) => {
                let bytes = values.iter().flat_map(|value| self.field(u64::from(*value), 2));
                (3, values.len(), bytes.collect())
            }
            Values::Longs(values) => {
                let bytes = values.iter().flat_map(|value| self.field(u64::from(*value), 4));
                (4, values.len(), bytes.collect())
            }
            Values::Fractions(values) => {
                let fraction = |value: &u32| [self.field(u64::from(*value), 4), self.field(1, 4)].concat();
                (5, values.len(), values.iter().flat_map(fraction).collect())
            }
        }
    }
}
