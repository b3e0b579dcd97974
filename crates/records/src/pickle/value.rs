//! What a pickle's stack and memo hold. Values are small and copied; what has parts lies in a [`Heap`] and is
//! referred to by its place there, so that sharing costs nothing and structures that contain themselves do no harm.

/// Some bytes of the file, or of the text decoded from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub is_decoded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    /// UTF-8.
    Text(Span),
    Bytes(Span),
    Global(Global),
    Object(usize),
}

/// The functions and classes that may be named: words here, which nothing can call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global {
    Reconstruct,
    FromBuffer,
    Scalar,
    NdArray,
    DType,
    Encode,
    Bytes,
}

impl Global {
    /// NumPy kept its functions in several modules over the years; before protocol 3, Python spelt byte strings as
    /// a call of `encode`, and empty ones as a call of `bytes`.
    pub fn from_name(module: &[u8], name: &[u8]) -> Option<Self> {
        match (module, name) {
            (
                b"numpy.core.multiarray" | b"numpy._core.multiarray" | b"numpy.core._multiarray_umath",
                name,
            ) => match name {
                b"_reconstruct" => Some(Self::Reconstruct),
                b"scalar" => Some(Self::Scalar),
                _ => None,
            },
            (b"numpy.core.numeric" | b"numpy._core.numeric", b"_frombuffer") => Some(Self::FromBuffer),
            (b"numpy", b"ndarray") => Some(Self::NdArray),
            (b"numpy", b"dtype") => Some(Self::DType),
            (b"_codecs", b"encode") => Some(Self::Encode),
            (b"__builtin__" | b"builtins", b"bytes") => Some(Self::Bytes),
            _ => None,
        }
    }
}

/// A thing that has parts.
#[derive(Debug)]
pub(super) enum Object {
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    DType(DType),
    /// An array before its state is set.
    BareArray,
    Array(Box<RawArray>),
}

/// `numpy.dtype`: kind and width such as `f8`; `<` or `>`, or `|` where there is no order.
#[derive(Clone, Copy, Debug)]
pub(super) struct DType {
    pub code: Span,
    pub order: Option<u8>,
}

/// `numpy.ndarray` as pickled; looked at more closely when its values are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawArray {
    pub dtype: DType,
    /// A tuple.
    pub shape: Value,
    pub is_fortran: bool,
    /// Byte string, or a list for arrays of Python objects.
    pub data: Value,
}

/// The objects and the decoded text of one pickle.
#[derive(Debug, Default)]
pub(super) struct Heap {
    pub objects: Vec<Object>,
    pub decoded: Vec<u8>,
}

impl Heap {
    pub fn add(&mut self, object: Object) -> Value {
        self.objects.push(object);
        Value::Object(self.objects.len() - 1)
    }

    pub fn object(&self, value: Value) -> Option<&Object> {
        match value {
            Value::Object(place) => self.objects.get(place),
            _ => None,
        }
    }

    pub fn object_mut(&mut self, value: Value) -> Option<&mut Object> {
        match value {
            Value::Object(place) => self.objects.get_mut(place),
            _ => None,
        }
    }

    pub fn bytes<'a>(&'a self, file: &'a [u8], span: Span) -> &'a [u8] {
        let source = if span.is_decoded { &self.decoded } else { file };
        source.get(span.start..span.end).unwrap_or_default()
    }

    /// A text or byte string: Python 2 wrote the one where Python 3 writes the other.
    pub fn string<'a>(&'a self, file: &'a [u8], value: Value) -> Option<&'a [u8]> {
        match value {
            Value::Text(span) | Value::Bytes(span) => Some(self.bytes(file, span)),
            _ => None,
        }
    }

    pub fn tuple(&self, value: Value) -> Option<&[Value]> {
        match self.object(value) {
            Some(Object::Tuple(items)) => Some(items),
            _ => None,
        }
    }

    /// What a value is, in words.
    pub fn kind(&self, value: Value) -> &'static str {
        match value {
            Value::None => "None",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float => "a float",
            Value::Text(_) => "a text",
            Value::Bytes(_) => "a byte string",
            Value::Global(_) => "a function or class",
            Value::Object(_) => match self.object(value) {
                Some(Object::List(_)) => "a list",
                Some(Object::Tuple(_)) => "a tuple",
                Some(Object::Dict(_)) => "a dictionary",
                Some(Object::DType(_)) => "a data type",
                Some(Object::BareArray) => "an array without a state",
                Some(Object::Array(_)) => "an array",
                None => "nothing",
            },
        }
    }
}
