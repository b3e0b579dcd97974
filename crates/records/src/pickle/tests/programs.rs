//! Pickles written by hand, for what Python would not write.

use super::*;

fn message(program: impl AsRef<[u8]>) -> String {
    Pickle::parse(program.as_ref().to_vec()).unwrap_err().to_string()
}

/// An array in protocol 0: shape, data type, byte order, whether Fortran, data.
fn array(shape: &str, code: &str, order: &str, fortran: &str, data: &str) -> String {
    format!(
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n({shape}t\
         cnumpy\ndtype\n(S'{code}'\nI0\nI1\ntR(I3\nS'{order}'\nNNNI-1\nI-1\nI0\ntbI{fortran}\nS'{data}'\ntb"
    )
}

/// A dictionary of `data` and `label`.
fn features(data: &str, label: &str) -> Result<FeatureFile, PickleError> {
    let program = format!("(dS'data'\n{data}sS'label'\n{label}s.");
    Pickle::parse(program.into_bytes()).and_then(|pickle| FeatureFile::from_pickle(&pickle))
}

#[test]
fn opcodes_that_make_objects_are_refused_by_name() {
    let cases: [(&[u8], &str); 18] = [
        (b"(ios\nsystem\n.", "INST"),
        (b"(o.", "OBJ"),
        (b"\x80\x02N)\x81.", "NEWOBJ"),
        (b"\x80\x04N)}\x92.", "NEWOBJ_EX"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\x80\x02\x83\x01\x00.", "EXT2"),
        (b"\x80\x02\x84\x01\x00\x00\x00.", "EXT4"),
        (b"P1\n.", "PERSID"),
        (b"NQ.", "BINPERSID"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
        (b"\x80\x05N\x98.", "READONLY_BUFFER"),
        (b"\x80\x04\x8f.", "EMPTY_SET"),
        (b"\x80\x04\x90.", "ADDITEMS"),
        (b"\x80\x04(\x91.", "FROZENSET"),
        (b"\x80\x02\x8b\0\0\0\0.", "LONG4"),
        (b"N0.", "POP"),
        (b"(1.", "POP_MARK"),
        (b"N2.", "DUP"),
    ];
    for (program, name) in cases {
        let found = message(program);
        assert!(
            found.contains(&format!(": opcode {name} is refused: ")),
            "{name}: {found}"
        );
    }
}

#[test]
fn globals_are_refused_by_name_however_they_are_spelt() {
    let cases: [(&[u8], &str); 6] = [
        (b"cos\nsystem\n(S'true'\ntR.", "byte 0: global os system"),
        (b"\x8c\x05numpy\x8c\x04load\x93.", "byte 13: global numpy load"),
        (
            b"cnumpy.core.multiarray\nfromfile\n.",
            "byte 0: global numpy.core.multiarray fromfile",
        ),
        (b"c\n\n.", "byte 0: global   is refused"),
        (b"c\x1b[31m\n\xff\n.", r"byte 0: global \x1b[31m \xff is refused"),
        (b"cnumpy\ndtype.type\n.", "byte 0: global numpy dtype.type"),
    ];
    for (program, expected) in cases {
        let found = message(program);
        assert!(found.starts_with(expected), "{found}");
    }
    let long = message(format!("c{}\nx\n.", "y".repeat(100_000)));
    assert!(long.len() < 300 && long.contains('…'), "{long}");
}

#[test]
fn malformed_programs_are_errors_with_opcode_and_place() {
    let cases: [(&[u8], &str); 32] = [
        (
            b"",
            "byte 0, start of an opcode: file cut short: 0 of 1 bytes are there",
        ),
        (b"}\xff", "byte 1: expected a pickle opcode, found 0xff"),
        (b"\x80\x06.", "byte 0: expected pickle protocol 0 to 5, found 6"),
        (b".", "byte 0, STOP: expected a value on the stack, found none"),
        (b"}}.", "byte 2, STOP: expected one value at the end, found more"),
        (b"}(.", "byte 2, STOP: expected a value on the stack, found none"),
        (b"N.", "byte 1, STOP: expected a dictionary, found None"),
        (b"}NNs.", "byte 4, STOP: expected text keys, found None"),
        (
            b"}C\x01\xffNs.",
            "byte 6, STOP: expected text keys, found a byte string",
        ),
        (b"}C\x01aNs\x8c\x01aNs.", "the key a occurs twice"),
        (
            b"(Nd.",
            "byte 2, DICT: expected a value for each key, found a key without",
        ),
        (b"NNNs.", "byte 3, SETITEM: expected a dictionary, found None"),
        (b"NNa.", "byte 2, APPEND: expected a list, found None"),
        (b"t.", "byte 0, TUPLE: expected a mark on the stack, found none"),
        (
            b"N(\x85.",
            "byte 2, TUPLE1: expected a value on the stack, found none",
        ),
        (
            b"h\x01.",
            "byte 0, BINGET: expected a value kept in the memo, found none at 1",
        ),
        (b"gx\n.", "byte 0, GET: expected a place in the memo, found x"),
        (
            b"I99999999999999999999\n.",
            "byte 0, INT: expected an integer of 64 bits, found 99999999999999999999",
        ),
        (b"I1", "byte 0, INT: expected a line, found no end of it"),
        (b"Fx\n.", "byte 0, FLOAT: expected a number, found x"),
        (
            b"\x8a\x09\0\0\0\0\0\0\0\0\x01.",
            "byte 0, LONG1: expected an integer of 64 bits, found 9 bytes",
        ),
        (
            b"S'\n.",
            "byte 0, STRING: expected a string literal, found something else",
        ),
        (
            b"V\\u12\n.",
            "byte 0, UNICODE: expected raw-unicode-escape text, found something else",
        ),
        (
            b"X\x01\0\0\0\xff.",
            "byte 0, BINUNICODE: expected UTF-8, found invalid utf-8 sequence of 1 bytes from \
                                index 0",
        ),
        (
            b"T\xff\xff\xff\xff.",
            "byte 0, BINSTRING: file cut short: 1 of 4294967295 bytes are there",
        ),
        (
            b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
            "byte 0, BINBYTES8: file cut short: 1 of 18446744073709551615 bytes are there",
        ),
        (
            b"\x95\x02\0\0\0\0\0\0\0.",
            "byte 0, FRAME: file cut short: 1 of 2 bytes are there",
        ),
        (b"NN\x93.", "byte 2, STACK_GLOBAL: expected two texts, found None"),
        (b"N)R.", "byte 2, REDUCE: expected a function, found None"),
        (
            b"cnumpy\nndarray\nNR.",
            "byte 16, REDUCE: expected a tuple of arguments, found None",
        ),
        (
            b"cnumpy\nndarray\n)R.",
            "byte 16, REDUCE: expected a function, not the class numpy.ndarray, found 0 of \
                                   them",
        ),
        (
            b"})b.",
            "byte 2, BUILD: expected a new array or data type, and a state as NumPy writes it, found a \
                   dictionary",
        ),
    ];
    for (program, expected) in cases {
        assert_eq!(message(program), expected, "{}", program.escape_ascii());
    }
}

#[test]
fn arrays_that_are_not_what_they_claim_are_errors() {
    let eight = r"\x00\x00\x00\x00\x00\x00\xf0?";
    let claims = [
        (
            array("I2\n", "f8", "<", "00", eight),
            "expected 2 values of 8 bytes, found 8 bytes",
        ),
        (
            array("I-1\n", "f8", "<", "00", eight),
            "expected a shape of at most 64 lengths, found another",
        ),
        (
            array("S'1'\n", "f8", "<", "00", eight),
            "expected a shape of at most 64 lengths, found another",
        ),
        (
            array(&"I1\n".repeat(65), "f8", "<", "00", eight),
            "expected a shape of at most 64 lengths, found another",
        ),
        (
            array("I1\n", "f8", "|", "00", eight),
            "expected a byte order, found none",
        ),
        (array("I1\n", "f16", "<", "00", eight), "found f16"),
        (
            array(
                "I4611686018427387904\nI4611686018427387904\n",
                "u1",
                "|",
                "00",
                "",
            ),
            "expected 18446744073709551615 values of 1 bytes, found 0 bytes",
        ),
        (
            array("I0\nI4611686018427387904\nI4\n", "f8", "<", "00", ""),
            "expected a shape that an array can have",
        ),
    ];
    for (data, expected) in claims {
        let found = features(&data, &array("I1\n", "f8", "<", "00", eight))
            .unwrap_err()
            .to_string();
        assert!(
            found.starts_with("entry \"data\": ") && found.contains(expected),
            "{found}"
        );
    }
}

#[test]
fn feature_files_that_are_none_are_errors() {
    let rows = |shape: &str, data: &str| array(shape, "f4", ">", "00", data);
    let one = r"\x3f\x80\x00\x00";
    let nan = r"\x7f\xc0\x00\x00";
    let infinite = r"\xff\x80\x00\x00";
    let grid = rows("I2\nI1\n", &one.repeat(2));
    let pair = rows("I2\n", &one.repeat(2));
    let file = features(&grid, &pair).unwrap();
    assert_eq!((file.features, file.labels), (Array2::ones((2, 1)), vec![1.0; 2]));

    let cases = [
        (
            pair.clone(),
            pair.clone(),
            "entry \"data\": expected an array of dimension 2, found one of dimension 1",
        ),
        (
            grid.clone(),
            grid.clone(),
            "entry \"label\": expected an array of dimension 1, found one of dimension 2",
        ),
        (
            grid.clone(),
            rows("I1\n", one),
            "\"data\" has 2 rows, but \"label\" has 1 values",
        ),
        (
            rows("I2\nI2\n", &[one, one, nan, infinite].concat()),
            pair.clone(),
            "\"data\", row 1, column 0 (from 0): expected a finite number, found NaN",
        ),
        (
            grid.clone(),
            rows("I2\n", &[one, infinite].concat()),
            "\"label\", row 1 (from 0): expected a finite number, found -inf",
        ),
        (
            "N".to_owned(),
            pair,
            "entry \"data\": expected an array, found None",
        ),
    ];
    for (data, label, expected) in cases {
        assert_eq!(features(&data, &label).unwrap_err().to_string(), expected);
    }
    let pickle = Pickle::parse(format!("(dS'data'\n{grid}s.").into_bytes()).unwrap();
    let error = FeatureFile::from_pickle(&pickle).unwrap_err();
    assert_eq!(error.to_string(), "no entry \"label\"; the keys are data");
}

#[test]
fn integers_of_every_spelling_are_shapes() {
    let spellings: [&[u8]; 9] = [
        b"I3\n",
        b"L3L\n",
        b"L3\n",
        b"K\x03",
        b"M\x03\0",
        b"J\x03\0\0\0",
        b"\x8a\x01\x03",
        b"\x8a\x08\x03\0\0\0\0\0\0\0",
        b"I+3\n",
    ];
    for spelling in spellings {
        let program = array("?", "u1", "|", "00", r"\x01\x02\x03").into_bytes();
        let at = program.iter().position(|&byte| byte == b'?').unwrap();
        let program = [b"}S'x'\n", &program[..at], spelling, &program[at + 1..], b"s."].concat();
        let array = Pickle::parse(program).unwrap().array("x").unwrap();
        assert_eq!(
            array.into_raw_vec_and_offset().0,
            [1.0, 2.0, 3.0],
            "{}",
            spelling.escape_ascii()
        );
    }
}

/// Python 3 writes `I01` where Python 2 may write `I1`; a negative long has its sign in the last byte.
#[test]
fn truth_and_sign_are_read_as_written() {
    for (fortran, expected) in [("00", [1.0, 2.0, 3.0, 4.0]), ("1", [1.0, 3.0, 2.0, 4.0])] {
        let data = array("I2\nI2\n", "i1", "|", fortran, r"\x01\x02\x03\x04");
        let pickle = Pickle::parse(format!("}}S'x'\n{data}s.").into_bytes()).unwrap();
        assert_eq!(pickle.array("x").unwrap().into_raw_vec_and_offset().0, expected);
    }
    let found = message(b"cnumpy\ndtype\n(S'f8'\nNNtR(\x8a\x01\xfdS'<'\ntb.");
    assert!(found.contains("a state as NumPy writes it"), "{found}");
    let program = b"\x80\x02}X\x01\0\0\0a\x8a\x02\x00\xffs.".to_vec();
    assert_eq!(Pickle::parse(program).unwrap().entries["a"], Value::Int(-256));
}

/// NumPy's functions moved between its releases.
#[test]
fn numpy_s_functions_are_known_wherever_they_were() {
    let numbers = r"S'\x01\x02'";
    let dtype = "cnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb";
    let core = [
        "numpy.core.multiarray",
        "numpy._core.multiarray",
        "numpy.core._multiarray_umath",
    ];
    let arrays = core
        .map(|module| array("I2\n", "u1", "|", "00", r"\x01\x02").replace("numpy.core.multiarray", module));
    let numeric = ["numpy.core.numeric", "numpy._core.numeric"];
    let buffers = numeric.map(|module| format!("c{module}\n_frombuffer\n({numbers}\n{dtype}(I2\ntS'F'\ntR"));
    for made in arrays.iter().chain(&buffers) {
        let pickle = Pickle::parse(format!("}}S'x'\n{made}s.").into_bytes()).unwrap();
        assert_eq!(
            pickle.array("x").unwrap().into_raw_vec_and_offset().0,
            [1.0, 2.0],
            "{made}"
        );
    }
    for order in ["S'K'\n", "N"] {
        let found = message(buffers[0].replace("S'F'\n", order));
        assert!(
            found.ends_with("REDUCE: expected the order 'C' or 'F', found another"),
            "{found}"
        );
    }
}
