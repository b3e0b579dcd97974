//! From a pickled array to its values.

use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use super::error::quote;
use super::value::{Heap, RawArray, Value};
use super::{MAX_VALUES, PickleError};

/// Most dimensions a NumPy array can have.
const MAX_DIMENSIONS: usize = 64;

/// The values of an array, in row-major order in memory.
pub(super) fn values(
    file: &[u8],
    heap: &Heap,
    array: &RawArray,
    key: &str,
) -> Result<ArrayD<f64>, PickleError> {
    let mismatch = |expected: String, found: String| PickleError::Entry {
        key: key.to_owned(),
        expected,
        found,
    };
    let code = heap.bytes(file, array.dtype.code);
    let Value::Bytes(data) = array.data else {
        let found = format!("{} under the data type {}", heap.kind(array.data), quote(code));
        return Err(mismatch("an array of numbers".to_owned(), found));
    };
    let shape = shape(heap, array).ok_or_else(|| {
        let expected = format!("a shape of at most {MAX_DIMENSIONS} lengths");
        mismatch(expected, "another".to_owned())
    })?;
    let count = shape
        .iter()
        .try_fold(1usize, |count, &length| count.checked_mul(length));
    let numbers = Numbers {
        data: heap.bytes(file, data),
        count: count.unwrap_or(usize::MAX),
        order: array.dtype.order,
        key,
    };
    let values = match code {
        b"f8" => numbers.read(|bytes| Ok(f64::from_le_bytes(bytes))),
        b"f4" => numbers.read(|bytes| Ok(f32::from_le_bytes(bytes).into())),
        b"i8" => numbers.read(|bytes| exact(i64::from_le_bytes(bytes).into())),
        b"i4" => numbers.read(|bytes| Ok(i32::from_le_bytes(bytes).into())),
        b"i2" => numbers.read(|bytes| Ok(i16::from_le_bytes(bytes).into())),
        b"i1" => numbers.read(|bytes| Ok(i8::from_le_bytes(bytes).into())),
        b"u8" => numbers.read(|bytes| exact(u64::from_le_bytes(bytes).into())),
        b"u4" => numbers.read(|bytes| Ok(u32::from_le_bytes(bytes).into())),
        b"u2" => numbers.read(|bytes| Ok(u16::from_le_bytes(bytes).into())),
        b"u1" => numbers.read(|[byte]| Ok(byte.into())),
        b"b1" => numbers.read(|[byte]| Ok(f64::from(u8::from(byte != 0)))),
        _ => {
            let expected = "an array of f4, f8, i1 to i8, u1 to u8 or b1".to_owned();
            Err(mismatch(expected, quote(code)))
        }
    }?;
    let array = ArrayD::from_shape_vec(IxDyn(&shape).set_f(array.is_fortran), values)
        .map_err(|error| mismatch("a shape that an array can have".to_owned(), error.to_string()))?;
    if array.is_standard_layout() {
        return Ok(array);
    }
    Ok(array.as_standard_layout().into_owned())
}

fn shape(heap: &Heap, array: &RawArray) -> Option<Vec<usize>> {
    let lengths = heap.tuple(array.shape)?;
    if lengths.len() > MAX_DIMENSIONS {
        return None;
    }
    let length = |length: &Value| match *length {
        Value::Int(length) => usize::try_from(length).ok(),
        _ => None,
    };
    lengths.iter().map(length).collect()
}

/// The bytes of an array and what is said of them.
struct Numbers<'a> {
    data: &'a [u8],
    count: usize,
    order: Option<u8>,
    key: &'a str,
}

impl Numbers<'_> {
    /// Values of N bytes, converted from little-endian ones.
    fn read<const N: usize>(
        &self,
        convert: impl Fn([u8; N]) -> Result<f64, i128>,
    ) -> Result<Vec<f64>, PickleError> {
        let mismatch = |expected: String, found: String| PickleError::Entry {
            key: self.key.to_owned(),
            expected,
            found,
        };
        let is_big_endian = match self.order {
            Some(b'>') => true,
            Some(b'<') => false,
            _ if N == 1 => false,
            _ => return Err(mismatch("a byte order".to_owned(), "none".to_owned())),
        };
        if self.count.checked_mul(N) != Some(self.data.len()) {
            let expected = format!("{} values of {N} bytes", self.count);
            return Err(mismatch(expected, format!("{} bytes", self.data.len())));
        }
        if self.count > MAX_VALUES {
            return Err(PickleError::TooManyValues {
                key: self.key.to_owned(),
                found: self.count,
            });
        }
        let (numbers, _) = self.data.as_chunks::<N>();
        let mut values = Vec::with_capacity(numbers.len());
        for (index, &(mut bytes)) in numbers.iter().enumerate() {
            if is_big_endian {
                bytes.reverse();
            }
            values.push(convert(bytes).map_err(|found| PickleError::InexactInteger {
                key: self.key.to_owned(),
                index,
                found,
            })?);
        }
        Ok(values)
    }
}

/// The double equal to an integer of at most 64 bits; the integer itself where there is none.
fn exact(integer: i128) -> Result<f64, i128> {
    let double = integer as f64;
    if double as i128 == integer {
        Ok(double)
    } else {
        Err(integer)
    }
}
