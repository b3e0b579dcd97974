//! What opcodes do to the stack, the memo and the heap.

use super::PickleError;
use super::error::quote;
use super::machine::Machine;
use super::value::{Global, Object, Span, Value};

impl Machine<'_> {
    pub(super) fn unexpected(&self, expected: &'static str, found: impl Into<String>) -> PickleError {
        self.reader.unexpected(expected, found)
    }

    /// The top of the stack, above the last mark.
    pub(super) fn pop(&mut self) -> Result<Value, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = if self.stack.len() > floor {
            self.stack.pop()
        } else {
            None
        };
        top.ok_or_else(|| self.unexpected("a value on the stack", "none"))
    }

    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Value>, PickleError> {
        let mark = self.marks.pop();
        let mark = mark.ok_or_else(|| self.unexpected("a mark on the stack", "none"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    pub(super) fn tuple(&mut self, length: usize) -> Result<Value, PickleError> {
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.pop()?);
        }
        items.reverse();
        Ok(self.heap.add(Object::Tuple(items)))
    }

    pub(super) fn pairs(&self, items: &[Value]) -> Result<Vec<(Value, Value)>, PickleError> {
        let (pairs, odd) = items.as_chunks::<2>();
        match odd {
            [] => Ok(pairs.iter().map(|&[key, value]| (key, value)).collect()),
            _ => Err(self.unexpected("a value for each key", "a key without")),
        }
    }

    pub(super) fn append(&mut self, items: Vec<Value>) -> Result<(), PickleError> {
        let target = self.pop()?;
        let Some(Object::List(list)) = self.heap.object_mut(target) else {
            return Err(self.unexpected("a list", self.heap.kind(target)));
        };
        list.extend(items);
        self.stack.push(target);
        Ok(())
    }

    pub(super) fn set_items(&mut self, items: &[Value]) -> Result<(), PickleError> {
        let pairs = self.pairs(items)?;
        let target = self.pop()?;
        let Some(Object::Dict(entries)) = self.heap.object_mut(target) else {
            return Err(self.unexpected("a dictionary", self.heap.kind(target)));
        };
        entries.extend(pairs);
        self.stack.push(target);
        Ok(())
    }

    pub(super) fn memo_index(&mut self) -> Result<u64, PickleError> {
        let line = self.reader.line()?;
        self.reader.parse(line, "a place in the memo")
    }

    pub(super) fn put(&mut self, index: u64) -> Result<(), PickleError> {
        let value = self.pop()?;
        self.stack.push(value);
        self.memo.insert(index, value);
        Ok(())
    }

    pub(super) fn get(&self, index: u64) -> Result<Value, PickleError> {
        let value = self.memo.get(&index).copied();
        value.ok_or_else(|| self.unexpected("a value kept in the memo", format!("none at {index}")))
    }

    /// Two's complement, little-endian, as short as can be.
    pub(super) fn long(&mut self) -> Result<Value, PickleError> {
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

    pub(super) fn span(&mut self, length: u64) -> Result<Span, PickleError> {
        let start = self.reader.position();
        self.reader.take(length)?;
        Ok(Span {
            start,
            end: self.reader.position(),
            is_decoded: false,
        })
    }

    pub(super) fn utf8(&mut self, length: u64) -> Result<Value, PickleError> {
        let span = self.span(length)?;
        match std::str::from_utf8(self.heap.bytes(self.file, span)) {
            Ok(_) => Ok(Value::Text(span)),
            Err(error) => Err(self.unexpected("UTF-8", error.to_string())),
        }
    }

    /// Keeps text that was decoded. The budget is what honest files can need, which write each text once: two
    /// bytes of UTF-8 for one of the file, and one of a byte string made from these.
    pub(super) fn decoded(
        &mut self,
        text: Option<Vec<u8>>,
        expected: &'static str,
    ) -> Result<Span, PickleError> {
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

    pub(super) fn global(&self, module: &[u8], name: &[u8]) -> Result<Global, PickleError> {
        Global::from_name(module, name).ok_or_else(|| {
            let global = quote(&[module, name].join(&b' '));
            let offset = self.reader.offset;
            PickleError::RefusedGlobal { offset, global }
        })
    }
}
