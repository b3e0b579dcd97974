//! What NumPy's functions would have made of their arguments, as data: nothing is imported, and nothing called.

use super::machine::Machine;
use super::value::{DType, Global, Object, RawArray, Value};
use super::{PickleError, text};

impl Machine<'_> {
    /// `function(*arguments)`.
    pub(super) fn reduce(&mut self, function: Value, arguments: Value) -> Result<Value, PickleError> {
        let Value::Global(function) = function else {
            return Err(self.unexpected("a function", self.heap.kind(function)));
        };
        let Some(arguments) = self.heap.tuple(arguments) else {
            return Err(self.unexpected("a tuple of arguments", self.heap.kind(arguments)));
        };
        match (function, arguments) {
            // The shape and the type given here are placeholders until the state is set.
            (Global::Reconstruct, &[Value::Global(Global::NdArray), _, _]) => {
                Ok(self.heap.add(Object::BareArray))
            }
            (Global::DType, &[Value::Text(code) | Value::Bytes(code), _, _]) => {
                Ok(self.heap.add(Object::DType(DType { code, order: None })))
            }
            (Global::FromBuffer, &[data @ Value::Bytes(_), dtype, shape, order]) => {
                let is_fortran = match self.heap.string(self.file, order) {
                    Some(b"C") => false,
                    Some(b"F") => true,
                    _ => return Err(self.unexpected("the order 'C' or 'F'", "another")),
                };
                self.array(dtype, shape, is_fortran, data)
            }
            (Global::Scalar, &[dtype, data @ Value::Bytes(_)]) => {
                let shape = self.heap.add(Object::Tuple(Vec::new()));
                self.array(dtype, shape, false, data)
            }
            (Global::Encode, &[Value::Text(text), encoding]) => {
                if self.heap.string(self.file, encoding) != Some(b"latin1") {
                    return Err(self.unexpected("the encoding 'latin1'", "another"));
                }
                let bytes = text::to_latin1(self.heap.bytes(self.file, text));
                self.decoded(bytes, "Latin-1 text").map(Value::Bytes)
            }
            (Global::Bytes, []) => self.decoded(Some(Vec::new()), "no text").map(Value::Bytes),
            (function, arguments) => {
                let found = format!("{} of them", arguments.len());
                Err(self.unexpected(function.arguments(), found))
            }
        }
    }

    /// `target.__setstate__(state)`.
    pub(super) fn build(&mut self, target: Value, state: Value) -> Result<(), PickleError> {
        let built = match (self.heap.object(target), self.heap.tuple(state)) {
            (Some(Object::BareArray), Some(&[Value::Int(1), shape, dtype, is_fortran, data])) => {
                let is_fortran = match is_fortran {
                    Value::Bool(is_fortran) => is_fortran,
                    Value::Int(number @ (0 | 1)) => number == 1,
                    _ => return Err(self.unexpected("a truth value", self.heap.kind(is_fortran))),
                };
                Object::Array(Box::new(self.raw_array(dtype, shape, is_fortran, data)?))
            }
            (Some(&Object::DType(DType { code, order: None })), Some(&[Value::Int(3 | 4), order, ..])) => {
                let order = self.heap.string(self.file, order);
                let Some(&[order @ (b'<' | b'>' | b'|')]) = order else {
                    return Err(self.unexpected("the byte order '<', '>' or '|'", "another"));
                };
                Object::DType(DType {
                    code,
                    order: Some(order),
                })
            }
            (_, None) => return Err(self.unexpected("a tuple as state", self.heap.kind(state))),
            _ => {
                let found = self.heap.kind(target);
                return Err(
                    self.unexpected("a new array or data type, and a state as NumPy writes it", found)
                );
            }
        };
        if let Some(target) = self.heap.object_mut(target) {
            *target = built;
        }
        Ok(())
    }

    fn array(
        &mut self,
        dtype: Value,
        shape: Value,
        is_fortran: bool,
        data: Value,
    ) -> Result<Value, PickleError> {
        let array = self.raw_array(dtype, shape, is_fortran, data)?;
        Ok(self.heap.add(Object::Array(Box::new(array))))
    }

    fn raw_array(
        &self,
        dtype: Value,
        shape: Value,
        is_fortran: bool,
        data: Value,
    ) -> Result<RawArray, PickleError> {
        let Some(&Object::DType(dtype)) = self.heap.object(dtype) else {
            return Err(self.unexpected("a data type", self.heap.kind(dtype)));
        };
        if self.heap.tuple(shape).is_none() {
            return Err(self.unexpected("a tuple as shape", self.heap.kind(shape)));
        }
        Ok(RawArray {
            dtype,
            shape,
            is_fortran,
            data,
        })
    }
}

impl Global {
    /// The arguments it takes, in words.
    fn arguments(self) -> &'static str {
        match self {
            Self::Reconstruct => "the arguments of _reconstruct (numpy.ndarray, shape, type)",
            Self::FromBuffer => "the arguments of _frombuffer (bytes, dtype, shape, order)",
            Self::Scalar => "the arguments of scalar (dtype, bytes)",
            Self::NdArray => "a function, not the class numpy.ndarray",
            Self::DType => "the arguments of dtype (code, align, copy)",
            Self::Encode => "the arguments of encode (text, encoding)",
            Self::Bytes => "no arguments for bytes",
        }
    }
}
