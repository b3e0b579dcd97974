//! The stack machine that a pickle is a program for, as far as data need it.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::value::{Heap, Object, Value};
use super::{MAX_OPCODES, PickleError, opcode, text};

/// The machine at work on a file.
pub(super) struct Machine<'a> {
    pub file: &'a [u8],
    pub heap: Heap,
    pub stack: Vec<Value>,
    pub memo: BTreeMap<u64, Value>,
    pub reader: Reader<'a>,
    /// Heights of the stack where marks were set.
    pub marks: Vec<usize>,
}

impl<'a> Machine<'a> {
    pub fn new(file: &'a [u8]) -> Self {
        Self {
            file,
            heap: Heap::default(),
            stack: Vec::new(),
            memo: BTreeMap::new(),
            reader: Reader::new(file),
            marks: Vec::new(),
        }
    }

    /// Runs the pickle to its end, and gives the one value left.
    pub fn run(&mut self) -> Result<Value, PickleError> {
        // Each opcode adds at most one value, one object or one memo entry, so their number bounds the memory.
        for _ in 0..MAX_OPCODES {
            let offset = self.reader.position();
            self.reader.offset = offset;
            self.reader.opcode = "start of an opcode";
            let byte = self.reader.byte()?;
            self.reader.opcode = opcode::name(byte).ok_or(PickleError::UnknownOpcode { offset, byte })?;
            if byte == opcode::STOP {
                return self.stop();
            }
            self.step(byte)?;
        }
        let offset = self.reader.position();
        Err(PickleError::TooManyOpcodes { offset })
    }

    fn stop(&mut self) -> Result<Value, PickleError> {
        let result = self.pop()?;
        if !self.stack.is_empty() || !self.marks.is_empty() {
            return Err(self.unexpected("one value at the end", "more"));
        }
        let (end, left) = (self.reader.position(), self.reader.left());
        match left {
            0 => Ok(result),
            _ => Err(PickleError::TrailingBytes { end, left }),
        }
    }

    fn step(&mut self, code: u8) -> Result<(), PickleError> {
        use opcode::*;
        let value = match code {
            PROTO => {
                let found = self.reader.byte()?;
                let offset = self.reader.offset;
                return match found {
                    0..=5 => Ok(()),
                    _ => Err(PickleError::Protocol { offset, found }),
                };
            }
            FRAME => {
                let length = u64::from_le_bytes(self.reader.array()?);
                return self.reader.require(length).map(drop);
            }
            MARK => {
                self.marks.push(self.stack.len());
                return Ok(());
            }

            NONE => Value::None,
            NEWTRUE => Value::Bool(true),
            NEWFALSE => Value::Bool(false),
            INT => match self.reader.line()? {
                b"00" => Value::Bool(false),
                b"01" => Value::Bool(true),
                line => Value::Int(self.reader.parse(line, "an integer of 64 bits")?),
            },
            LONG => {
                let line = self.reader.line()?;
                // Python 2 marked long integers.
                let digits = line.strip_suffix(b"L").unwrap_or(line);
                Value::Int(self.reader.parse(digits, "an integer of 64 bits")?)
            }
            BININT => Value::Int(i32::from_le_bytes(self.reader.array()?).into()),
            BININT1 => Value::Int(self.reader.byte()?.into()),
            BININT2 => Value::Int(u16::from_le_bytes(self.reader.array()?).into()),
            LONG1 => self.long()?,
            FLOAT => {
                let line = self.reader.line()?;
                self.reader.parse::<f64>(line, "a number").map(|_| Value::Float)?
            }
            BINFLOAT => self.reader.array::<8>().map(|_| Value::Float)?,

            STRING => {
                let line = self.reader.line()?;
                Value::Bytes(self.decoded(text::from_literal(line), "a string literal")?)
            }
            UNICODE => {
                let line = self.reader.line()?;
                Value::Text(self.decoded(text::from_raw_unicode_escape(line), "raw-unicode-escape text")?)
            }
            SHORT_BINSTRING | SHORT_BINBYTES => {
                let length = self.reader.byte()?;
                Value::Bytes(self.span(length.into())?)
            }
            // A negative length of Python 2's is far more than there is.
            BINSTRING | BINBYTES => {
                let length = u32::from_le_bytes(self.reader.array()?);
                Value::Bytes(self.span(length.into())?)
            }
            BINBYTES8 | BYTEARRAY8 => {
                let length = u64::from_le_bytes(self.reader.array()?);
                Value::Bytes(self.span(length)?)
            }
            SHORT_BINUNICODE => {
                let length = self.reader.byte()?;
                self.utf8(length.into())?
            }
            BINUNICODE => {
                let length = u32::from_le_bytes(self.reader.array()?);
                self.utf8(length.into())?
            }
            BINUNICODE8 => {
                let length = u64::from_le_bytes(self.reader.array()?);
                self.utf8(length)?
            }

            EMPTY_LIST => self.heap.add(Object::List(Vec::new())),
            EMPTY_DICT => self.heap.add(Object::Dict(Vec::new())),
            EMPTY_TUPLE => self.heap.add(Object::Tuple(Vec::new())),
            TUPLE1 => self.tuple(1)?,
            TUPLE2 => self.tuple(2)?,
            TUPLE3 => self.tuple(3)?,
            TUPLE => {
                let items = self.pop_to_mark()?;
                self.heap.add(Object::Tuple(items))
            }
            LIST => {
                let items = self.pop_to_mark()?;
                self.heap.add(Object::List(items))
            }
            DICT => {
                let items = self.pop_to_mark()?;
                let pairs = self.pairs(&items)?;
                self.heap.add(Object::Dict(pairs))
            }
            APPEND => {
                let item = self.pop()?;
                return self.append(vec![item]);
            }
            APPENDS => {
                let items = self.pop_to_mark()?;
                return self.append(items);
            }
            SETITEM => {
                let value = self.pop()?;
                let key = self.pop()?;
                return self.set_items(&[key, value]);
            }
            SETITEMS => {
                let items = self.pop_to_mark()?;
                return self.set_items(&items);
            }

            PUT => {
                let index = self.memo_index()?;
                return self.put(index);
            }
            BINPUT => {
                let index = self.reader.byte()?;
                return self.put(index.into());
            }
            LONG_BINPUT => {
                let index = u32::from_le_bytes(self.reader.array()?);
                return self.put(index.into());
            }
            MEMOIZE => return self.put(self.memo.len() as u64),
            GET => {
                let index = self.memo_index()?;
                self.get(index)?
            }
            BINGET => {
                let index = self.reader.byte()?;
                self.get(index.into())?
            }
            LONG_BINGET => {
                let index = u32::from_le_bytes(self.reader.array()?);
                self.get(index.into())?
            }

            GLOBAL => {
                let module = self.reader.line()?;
                let name = self.reader.line()?;
                Value::Global(self.global(module, name)?)
            }
            STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else {
                    return Err(self.unexpected("two texts", self.heap.kind(name)));
                };
                let module = self.heap.bytes(self.file, module);
                Value::Global(self.global(module, self.heap.bytes(self.file, name))?)
            }
            REDUCE => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.reduce(function, arguments)?
            }
            BUILD => {
                let (state, target) = (self.pop()?, self.pop()?);
                self.build(target, state)?;
                target
            }

            _ => {
                let (offset, opcode) = (self.reader.offset, self.reader.opcode);
                return Err(PickleError::RefusedOpcode { offset, opcode });
            }
        };
        self.stack.push(value);
        Ok(())
    }
}
