//! The stack machine that a pickle is a program for, as far as data need it.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::value::{Global, Heap, Object, Span, Value};
use super::{MAX_OPCODES, PickleError, opcode, text};

/// The machine at work on a file.
pub(super) struct Machine<'a> {
    pub reader: Reader<'a>,
    pub file: &'a [u8],
    pub heap: Heap,
    stack: Vec<Value>,
    /// Heights of the stack where marks were set.
    marks: Vec<usize>,
    memo: BTreeMap<u64, Value>,
}

/// Runs a pickle to its end; gives what it made, and the one value left.
pub(super) fn run(file: &[u8]) -> Result<(Heap, Value), PickleError> {
    let mut machine = Machine {
        reader: Reader::new(file),
        file,
        heap: Heap::default(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
    };
    // Each opcode adds at most one value, one object or one memo entry, so their number bounds the memory.
    for _ in 0..MAX_OPCODES {
        let offset = machine.reader.position();
        machine.reader.offset = offset;
        machine.reader.opcode = "start of an opcode";
        let byte = machine.reader.byte()?;
        machine.reader.opcode = opcode::name(byte).ok_or(PickleError::UnknownOpcode { offset, byte })?;
        if byte == opcode::STOP {
            let result = machine.pop()?;
            if !machine.stack.is_empty() || !machine.marks.is_empty() {
                return Err(machine.unexpected("one value at the end", "more"));
            }
            let (end, left) = (machine.reader.position(), machine.reader.left());
            return match left {
                0 => Ok((machine.heap, result)),
                _ => Err(PickleError::TrailingBytes { end, left }),
            };
        }
        machine.step(byte)?;
    }
    let offset = machine.reader.position();
    Err(PickleError::TooManyOpcodes { offset })
}

impl Machine<'_> {
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

    pub fn unexpected(&self, expected: &'static str, found: impl Into<String>) -> PickleError {
        self.reader.unexpected(expected, found)
    }

    /// The top of the stack, above the last mark.
    fn pop(&mut self) -> Result<Value, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = if self.stack.len() > floor {
            self.stack.pop()
        } else {
            None
        };
        top.ok_or_else(|| self.unexpected("a value on the stack", "none"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, PickleError> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| self.unexpected("a mark on the stack", "none"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn tuple(&mut self, length: usize) -> Result<Value, PickleError> {
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.pop()?);
        }
        items.reverse();
        Ok(self.heap.add(Object::Tuple(items)))
    }

    fn pairs(&self, items: &[Value]) -> Result<Vec<(Value, Value)>, PickleError> {
        let (pairs, odd) = items.as_chunks::<2>();
        match odd {
            [] => Ok(pairs.iter().map(|&[key, value]| (key, value)).collect()),
            _ => Err(self.unexpected("a value for each key", "a key without")),
        }
    }

    fn append(&mut self, items: Vec<Value>) -> Result<(), PickleError> {
        let target = self.pop()?;
        let Some(Object::List(list)) = self.heap.object_mut(target) else {
            return Err(self.unexpected("a list", self.heap.kind(target)));
        };
        list.extend(items);
        self.stack.push(target);
        Ok(())
    }

    fn set_items(&mut self, items: &[Value]) -> Result<(), PickleError> {
        let pairs = self.pairs(items)?;
        let target = self.pop()?;
        let Some(Object::Dict(entries)) = self.heap.object_mut(target) else {
            return Err(self.unexpected("a dictionary", self.heap.kind(target)));
        };
        entries.extend(pairs);
        self.stack.push(target);
        Ok(())
    }

    fn memo_index(&mut self) -> Result<u64, PickleError> {
        let line = self.reader.line()?;
        self.reader.parse(line, "a place in the memo")
    }

    fn put(&mut self, index: u64) -> Result<(), PickleError> {
        let value = self.pop()?;
        self.stack.push(value);
        self.memo.insert(index, value);
        Ok(())
    }

    fn get(&self, index: u64) -> Result<Value, PickleError> {
        let value = self.memo.get(&index).copied();
        value.ok_or_else(|| self.unexpected("a value kept in the memo", format!("none at {index}")))
    }

    /// Two's complement, little-endian, as short as can be.
    fn long(&mut self) -> Result<Value, PickleError> {
        let length = self.reader.byte()?;
        let bytes = self.reader.take(length.into())?;
        let is_negative = bytes.last().is_some_and(|byte| byte >> 7 == 1);
        let mut extended = [if is_negative { 0xFF } else { 0 }; 8];
        match extended.get_mut(..bytes.len()) {
            Some(low) => low.copy_from_slice(bytes),
            None => return Err(self.unexpected("an integer of 64 bits", format!("{length} bytes"))),
        }
        Ok(Value::Int(i64::from_le_bytes(extended)))
    }

    fn span(&mut self, length: u64) -> Result<Span, PickleError> {
        let start = self.reader.position();
        self.reader.take(length)?;
        Ok(Span {
            start,
            end: self.reader.position(),
            is_decoded: false,
        })
    }

    fn utf8(&mut self, length: u64) -> Result<Value, PickleError> {
        let span = self.span(length)?;
        match std::str::from_utf8(self.heap.bytes(self.file, span)) {
            Ok(_) => Ok(Value::Text(span)),
            Err(error) => Err(self.unexpected("UTF-8", error.to_string())),
        }
    }

    /// Keeps text that was decoded. The budget is what honest files can need, which write each text once: two
    /// bytes of UTF-8 for one of the file, and one of a byte string made from these.
    pub fn decoded(&mut self, text: Option<Vec<u8>>, expected: &'static str) -> Result<Span, PickleError> {
        let text = text.ok_or_else(|| self.unexpected(expected, "something else"))?;
        let limit = self.file.len().saturating_mul(3);
        let start = self.heap.decoded.len();
        let end = start.saturating_add(text.len());
        if end > limit {
            let offset = self.reader.offset;
            return Err(PickleError::TooMuchText { offset, limit });
        }
        self.heap.decoded.extend(text);
        Ok(Span {
            start,
            end,
            is_decoded: true,
        })
    }

    fn global(&self, module: &[u8], name: &[u8]) -> Result<Global, PickleError> {
        Global::from_name(module, name).ok_or_else(|| {
            let global = super::error::quote(&[module, name].join(&b' '));
            let offset = self.reader.offset;
            PickleError::RefusedGlobal { offset, global }
        })
    }
}
