//! The quality setting, read back from a quantisation table.

/// Luminance table of ITU-T T.81, Table K.1, in zigzag order.
const BASE: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40,
    58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103,
    104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// The IJG quality that explains a luma table (zigzag order) best; see [`JpegInfo::quality`](super::JpegInfo).
///
/// The distance is Σ |found − scaled| / scaled, zero exactly when the tables are equal. Of equally near qualities
/// the higher is returned.
pub(super) fn estimate(table: &[u16; 64]) -> u8 {
    // Encoders clamp to 8-bit entries unless told otherwise, and a table tells which by its largest.
    let ceiling = if table.iter().any(|entry| *entry > 255) {
        32767
    } else {
        255
    };
    // Nearly every table is a scaled one, and comparing costs far less than the distances. Of several such qualities
    // the highest is the nearest.
    let is_scaled = |quality: &u8| {
        let percent = percent(*quality);
        let mut pairs = BASE.iter().zip(table);
        pairs.all(|(base, found)| scale(*base, percent, ceiling) == *found)
    };
    if let Some(quality) = (1..=100).rev().find(is_scaled) {
        return quality;
    }
    let distance = |quality: u8| -> f64 {
        let pairs = table.iter().zip(scaled(quality, ceiling));
        pairs
            .map(|(found, scaled)| f64::from(found.abs_diff(scaled)) / f64::from(scaled))
            .sum()
    };
    let mut best = (100, distance(100));
    for quality in (1..100).rev() {
        let distance = distance(quality);
        if distance < best.1 {
            best = (quality, distance);
        }
    }
    best.0
}

/// libjpeg's `jpeg_set_quality`: the base table times 5000/q percent below 50, 200 − 2q from there on.
pub(super) fn scaled(quality: u8, ceiling: u32) -> [u16; 64] {
    let percent = percent(quality);
    BASE.map(|base| scale(base, percent, ceiling))
}

fn percent(quality: u8) -> u32 {
    let quality = u32::from(quality);
    if quality < 50 {
        5000 / quality
    } else {
        200 - 2 * quality
    }
}

fn scale(base: u16, percent: u32, ceiling: u32) -> u16 {
    // The ceiling is below 2^15.
    ((u32::from(base) * percent + 50) / 100).clamp(1, ceiling) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quality_explains_its_own_table_with_either_ceiling() {
        for quality in 1..=100 {
            for ceiling in [255, 32767] {
                assert_eq!(estimate(&scaled(quality, ceiling)), quality, "ceiling {ceiling}");
            }
        }
    }

    #[test]
    fn a_foreign_table_gets_the_nearest_quality() {
        // One step of quality moves a mid-range table by percents; one entry off by one is nearer than that.
        let mut table = scaled(75, 255);
        table[0] += 1;
        assert_eq!(estimate(&table), 75);
        assert_eq!(estimate(&[1; 64]), 100);
        assert_eq!(estimate(&[255; 64]), 1);
    }
}
