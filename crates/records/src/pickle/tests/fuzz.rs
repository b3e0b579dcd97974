//! Files that nobody meant: whatever the bytes, reading ends without a panic, within the memory the module promises.
//!
//! `PROPTEST_CASES=200000` makes it thorough.

use std::mem::size_of;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::value::{Object, Value};
use super::*;

/// The promise a byte of the file: 200 for its opcode, 3 for decoded text; and what empty containers start with.
const BYTES_A_BYTE: usize = 203;
const BYTES_AT_FIRST: usize = 1024;
/// A leaf of the memo's tree has 11 entries, of which at least 5 are taken, and some pointers.
const BYTES_A_MEMO_ENTRY: usize = (11 * (size_of::<u64>() + size_of::<Value>()) + 64) / 5;

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let paths = fixtures("").into_iter().chain(fixtures("hostile"));
    paths.map(|path| fs::read(path).unwrap()).collect()
});

/// Memory of a machine as it stands, capacities included.
fn footprint(machine: &Machine) -> usize {
    let parts = |object: &Object| match object {
        Object::List(items) | Object::Tuple(items) => items.capacity() * size_of::<Value>(),
        Object::Dict(pairs) => pairs.capacity() * 2 * size_of::<Value>(),
        Object::Array(array) => size_of_val(&**array),
        Object::DType(_) | Object::BareArray => 0,
    };
    let objects = &machine.heap.objects;
    machine.stack.capacity() * size_of::<Value>()
        + machine.memo.len() * BYTES_A_MEMO_ENTRY
        + objects.capacity() * size_of::<Object>()
        + objects.iter().map(parts).sum::<usize>()
        + machine.heap.decoded.capacity()
}

/// Reads all there is in a file, and checks what holds for any. Gives the message of the error, if it has one.
fn check(bytes: Vec<u8>) -> Result<String, TestCaseError> {
    let size = bytes.len();
    let mut machine = Machine::new(&bytes);
    let outcome = machine.run();
    let found = footprint(&machine);
    let limit = BYTES_A_BYTE * size + BYTES_AT_FIRST;
    prop_assert!(found <= limit, "{found} bytes for a file of {size}");
    drop(machine);
    let pickle = match outcome.and_then(|_| Pickle::parse(bytes)) {
        Ok(pickle) => pickle,
        Err(error) => {
            let message = error.to_string();
            prop_assert!(
                message.len() < 500 && !message.contains(char::is_control),
                "{message}"
            );
            return Ok(message);
        }
    };
    for key in pickle.keys() {
        if let Ok(array) = pickle.array(key) {
            // A value has at least a byte, in the file or in text decoded from it.
            prop_assert!(
                array.len() <= 3 * size,
                "{} values from {size} bytes",
                array.len()
            );
        }
    }
    if let Ok(file) = FeatureFile::from_pickle(&pickle) {
        prop_assert_eq!(file.features.nrows(), file.labels.len());
        prop_assert!(
            file.features
                .iter()
                .chain(&file.labels)
                .all(|value| value.is_finite())
        );
    }
    Ok(String::new())
}

/// A piece of a program: a whole opcode, most often with arguments that suit it.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let simple = select(&b"()]}N.tldaeusbRh\x85\x86\x87\x88\x89\x93\x94"[..]).prop_map(|byte| vec![byte]);
    let one = (select(&b"qhKU\x8cC\x8a\x80"[..]), 0u8..6, vec(any::<u8>(), 0..6));
    let named = select(vec![
        &b"cnumpy.core.multiarray\n_reconstruct\n"[..],
        b"cnumpy._core.multiarray\nscalar\n",
        b"cnumpy.core.numeric\n_frombuffer\n",
        b"cnumpy\nndarray\n",
        b"cnumpy\ndtype\n",
        b"c_codecs\nencode\n",
        b"c__builtin__\nbytes\n",
        b"cnumpy\ndtype\n(S'f8'\nNNtR(K\x03S'<'\nNtb",
        b"cnumpy\ndtype\n(S'u1'\nNNtR(K\x03S'|'\nNtb",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nNNtR",
        b"S'data'\n",
        b"S'label'\n",
        b"S'C'\n",
        b"S'latin1'\n",
        b"V\xff\xfe\n",
        b"X\x02\0\0\0ab",
        b"I0\n",
        b"I-1\n",
        b"I9223372036854775807\n",
        b"L7L\n",
        b"F1.5\n",
        b"p1\n",
        b"g1\n",
        b"B\x08\0\0\0\0\0\0\0\0\0\0\0",
        b"B\xff\xff\xff\x7f",
        b"\x96\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ]);
    prop_oneof![
        4 => simple,
        2 => one.prop_map(|(opcode, length, bytes)| [&[opcode, length][..], &bytes].concat()),
        4 => named.prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 1..4),
    ]
}

/// What happens at some place of a file.
#[derive(Clone, Debug)]
enum Mutation {
    Set(u8),
    Flip(u8),
    /// A length or an index, made extreme.
    Word(u32),
    Cut,
    Remove(usize),
    Insert(Vec<u8>),
    /// A stretch of another file takes the place of one of this.
    Splice(Index, Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let extreme = select(vec![0, 1, 0x7F, 0xFF, 0x7FFF_FFFF, 0x8000_0000, u32::MAX]);
    prop_oneof![
        any::<u8>().prop_map(Mutation::Set),
        (0u8..8).prop_map(Mutation::Flip),
        extreme.prop_map(Mutation::Word),
        Just(Mutation::Cut),
        (1usize..20).prop_map(Mutation::Remove),
        piece().prop_map(Mutation::Insert),
        (any::<Index>(), any::<Index>(), 1usize..400)
            .prop_map(|(other, from, length)| Mutation::Splice(other, from, length)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, at: Index, mutation: &Mutation) {
    let size = bytes.len().max(1);
    bytes.resize(size, b'.');
    let at = at.index(size);
    let to = |length: usize| at..size.min(at + length);
    match mutation {
        Mutation::Set(byte) => bytes[at] = *byte,
        Mutation::Flip(bit) => bytes[at] ^= 1 << bit,
        Mutation::Word(word) => {
            let range = to(4);
            let word = word.to_le_bytes();
            bytes.splice(range.clone(), word.into_iter().take(range.len()));
        }
        Mutation::Cut => bytes.truncate(at),
        Mutation::Remove(length) => drop(bytes.drain(to(*length))),
        Mutation::Insert(inserted) => drop(bytes.splice(at..at, inserted.iter().copied())),
        Mutation::Splice(other, from, length) => {
            let other = other.get(&SEEDS);
            let from = from.index(other.len());
            let taken = &other[from..other.len().min(from + length)];
            bytes.splice(to(*length), taken.iter().copied());
        }
    }
}

proptest! {
    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..300)) {
        check(bytes)?;
    }

    #[test]
    fn random_programs(pieces in vec(piece(), 0..60)) {
        check(pieces.concat())?;
    }

    /// A few steps from a pickle of arrays, so that arrays are reached again and again.
    #[test]
    fn random_dictionaries(entries in vec(vec(piece(), 0..12), 0..6)) {
        let entries = entries.into_iter().map(|pieces| [b"S'data'\n", &pieces.concat()[..], b"s"].concat());
        check([b"}".to_vec(), entries.collect::<Vec<_>>().concat(), b".".to_vec()].concat())?;
    }

    #[test]
    fn mutants(seed in any::<Index>(), mutations in vec((any::<Index>(), mutation()), 1..8)) {
        let mut bytes = seed.get(&SEEDS).clone();
        mutations.iter().for_each(|(at, mutation)| mutate(&mut bytes, *at, mutation));
        check(bytes)?;
    }
}

/// Programs that would fill memory, time or the stack, were values copied, followed or nested.
#[test]
fn bombs_take_no_more_than_their_size() {
    let times = |piece: &[u8], count: usize| piece.repeat(count);
    let encoded = [
        b"c_codecs\nencode\nq\x01V",
        &times(b"a", 100_000)[..],
        b"\nVlatin1\n\x86q\x02h\x01h\x02R",
    ]
    .concat();
    let encoded = [encoded, times(b"h\x01h\x02R", 10_000)].concat();
    let cases: [(&str, Vec<u8>, &str); 9] = [
        (
            "opcodes",
            times(b"]", MAX_OPCODES + 1),
            "more than 1048576 opcodes",
        ),
        (
            "doubling tuples",
            [b")".to_vec(), times(b"q\x01h\x01\x86", 100_000), b".".to_vec()].concat(),
            "a tuple",
        ),
        (
            "nested lists",
            [times(b"](", 200_000), times(b"e", 200_000), b".".to_vec()].concat(),
            "a list",
        ),
        (
            "nested tuples",
            [b")".to_vec(), times(b"\x85", 200_000), b".".to_vec()].concat(),
            "a tuple",
        ),
        ("a list in itself", b"]q\x01h\x01a.".to_vec(), "a list"),
        ("marks", times(b"(", MAX_OPCODES + 1), "more than 1048576 opcodes"),
        (
            "memo",
            [b"N".to_vec(), times(b"\x94", 200_000), b".".to_vec()].concat(),
            "found None",
        ),
        ("far memo", b"Nr\xff\xff\xff\xff.".to_vec(), "found None"),
        ("text encoded again", encoded, "text encoded again and again"),
    ];
    for (name, program, expected) in cases {
        let message = check(program).unwrap();
        assert!(message.contains(expected), "{name}: {message}");
    }
}

/// One array under many keys stays one array.
#[test]
fn a_shared_array_is_not_copied() {
    let array = b"cnumpy._core.numeric\n_frombuffer\n(B\x00\x00\x10\x00";
    let dtype = b"cnumpy\ndtype\n(S'u1'\nNNtR(K\x03S'|'\nNtbJ\x00\x00\x10\x00\x85S'C'\ntRq\x01s";
    let mut program = [b"}S'0'\n", &array[..], &[1; 1 << 20], dtype].concat();
    for key in 1..20_000 {
        program.extend(format!("S'{key}'\nh\x01s").bytes());
    }
    program.push(b'.');
    let pickle = Pickle::parse(program).unwrap();
    assert_eq!((pickle.keys().count(), pickle.heap.objects.len()), (20_000, 7));
    assert_eq!(pickle.array("19999").unwrap().sum(), f64::from(1 << 20));
}
