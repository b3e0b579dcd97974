//! Whether a file holds more pictures than the first, for the formats whose decoder does not say.

/// Whether a GIF has a second image. Walks the blocks (GIF89a specification, Appendix A) without decoding; a file
/// that ends early counts as far as it goes.
pub(super) fn gif_is_animated(bytes: &[u8]) -> bool {
    let colour_table = |packed: u8| {
        if packed & 0x80 != 0 {
            3 << ((packed & 7) + 1)
        } else {
            0
        }
    };
    let walk = || -> Option<()> {
        let mut at = 13 + colour_table(*bytes.get(10)?);
        let mut images = 0;
        loop {
            at += match *bytes.get(at)? {
                0x21 => 2,
                0x2C => {
                    images += 1;
                    if images == 2 {
                        return Some(());
                    }
                    // Descriptor, local colour table, minimum code size.
                    10 + colour_table(*bytes.get(at + 9)?) + 1
                }
                _ => return None,
            };
            // Sub-blocks, each with its length in front, up to an empty one.
            loop {
                let length = usize::from(*bytes.get(at)?);
                at += 1 + length;
                if length == 0 {
                    break;
                }
            }
        }
    };
    walk().is_some()
}

/// Whether a TIFF or BigTIFF has a second image file directory.
pub(super) fn tiff_has_pages(bytes: &[u8]) -> bool {
    let little = bytes.first() == Some(&b'I');
    let number = |at: usize, size: usize| -> Option<usize> {
        let field = bytes.get(at..at.checked_add(size)?)?;
        let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        let value = if little {
            field.iter().rev().fold(0, join)
        } else {
            field.iter().fold(0, join)
        };
        usize::try_from(value).ok()
    };
    let next = || -> Option<usize> {
        // (size of an offset, size of the entry count, size of an entry, place of the first offset)
        let (offset, count, entry, first) = if number(2, 2)? == 43 {
            (8, 8, 20, 8)
        } else {
            (4, 2, 12, 4)
        };
        let directory = number(first, offset)?;
        let entries = number(directory, count)?.checked_mul(entry)?;
        number(directory.checked_add(count)?.checked_add(entries)?, offset)
    };
    next().is_some_and(|offset| offset != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_directory_is_found_in_both_byte_orders_and_widths() {
        for next in [0, 1] {
            let classic = [&b"II*\0\x08\0\0\0"[..], &[1, 0], &[7; 12], &[next, 0, 0, 0]].concat();
            assert_eq!(tiff_has_pages(&classic), next != 0);
            let big = [
                &b"MM\0+\0\x08\0\0"[..],
                &[0, 0, 0, 0, 0, 0, 0, 16],
                &[0; 15],
                &[next],
            ]
            .concat();
            assert_eq!(tiff_has_pages(&big), next != 0);
        }
    }

    #[test]
    fn damaged_structures_have_no_further_pictures() {
        assert!(!tiff_has_pages(b"II*\0\xff\xff\xff\xff"));
        assert!(!tiff_has_pages(
            b"MM\0+\0\x08\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
        ));
        assert!(!gif_is_animated(b"GIF89a"));
        assert!(!gif_is_animated(b"GIF89a\x01\0\x01\0\0\0\0\x21\xf9\xff"));
    }
}
