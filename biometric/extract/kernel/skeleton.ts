/**
 * From the enhanced plane to ridges one pixel wide: threshold, small pieces away, thinning (Guo, Hall 1989).
 * @module
 */

/** 1 where the enhanced plane is below 0 (a ridge) and the cell is foreground, else 0. With `flip`, valleys instead of ridges. */
export function binarise(
  plane: usize,
  target: usize,
  stride: i32,
  columns: i32,
  lines: i32,
  mask: usize,
  flip: i32,
): void {
  for (let y = 0; y < lines << 2; y++) {
    for (let x = 0; x < stride; x++) {
      const inside = load<u8>(mask + <usize>((y >> 2) * columns + (x >> 2))) != 0;
      const value = load<f32>(plane + ((<usize>(y * stride + x)) << 2));
      const ridge = flip != 0 ? value > 0 : value < 0;
      store<u8>(target + <usize>(y * stride + x), inside && ridge ? 1 : 0);
    }
  }
}

/** Not seen, seen in a piece that is being looked at, or part of a piece that is large. */
const UNSEEN: u8 = 0;
const SEEN: u8 = 1;
const LARGE: u8 = 2;

/**
 * Connected pieces (4-connected) of `value` smaller than `least` pixels become the other value; what touches the outermost pixels is large. `queue`
 * holds `least` + 4 i32, `seen` one byte a pixel.
 */
export function dropSmall(
  plane: usize,
  stride: i32,
  rows: i32,
  value: i32,
  least: i32,
  seen: usize,
  queue: usize,
): void {
  memory.fill(seen, UNSEEN, <usize>(stride * rows));
  memory.fill(seen, LARGE, <usize>stride);
  memory.fill(seen + <usize>((rows - 1) * stride), LARGE, <usize>stride);
  for (let y = 1; y < rows - 1; y++) {
    store<u8>(seen + <usize>(y * stride), LARGE);
    store<u8>(seen + <usize>(y * stride + stride - 1), LARGE);
  }
  for (let start = stride + 1; start < stride * (rows - 1) - 1; start++) {
    if (load<u8>(plane + <usize>start) != <u8>value || load<u8>(seen + <usize>start) != UNSEEN) continue;
    let head = 0;
    let tail = 1;
    let large = false;
    store<i32>(queue, start);
    store<u8>(seen + <usize>start, SEEN);
    // As soon as it is known to be large the rest of it need not be followed: whatever of it comes later touches this part.
    while (head < tail && !large) {
      const at = load<i32>(queue + (usize(head) << 2));
      head++;
      for (let k = 0; k < 4; k++) {
        const next = at + (k == 0 ? 1 : k == 1 ? -1 : k == 2 ? stride : -stride);
        if (load<u8>(plane + <usize>next) != <u8>value) continue;
        const state = load<u8>(seen + <usize>next);
        if (state == LARGE) large = true;
        if (state != UNSEEN) continue;
        store<u8>(seen + <usize>next, SEEN);
        store<i32>(queue + (usize(tail) << 2), next);
        tail++;
      }
      if (tail >= least) large = true;
    }
    for (let i = 0; i < tail; i++) {
      const at = <usize>load<i32>(queue + (usize(i) << 2));
      if (large) store<u8>(seen + at, LARGE);
      else store<u8>(plane + at, value == 0 ? 1 : 0);
    }
  }
}

/** Neighbours of a pixel as bits, clockwise from north. */
function around(at: usize, stride: usize): u32 {
  return (
    <u32>load<u8>(at - stride) |
    ((<u32>load<u8>(at - stride + 1)) << 1) |
    ((<u32>load<u8>(at + 1)) << 2) |
    ((<u32>load<u8>(at + stride + 1)) << 3) |
    ((<u32>load<u8>(at + stride)) << 4) |
    ((<u32>load<u8>(at + stride - 1)) << 5) |
    ((<u32>load<u8>(at - 1)) << 6) |
    ((<u32>load<u8>(at - stride - 1)) << 7)
  );
}

/**
 * Thins in place. `table` holds two tables of 256 bytes: 1 where a pixel with these neighbours goes in the first or the second sub-iteration.
 * `active` holds one i32 a pixel, `doomed` too.
 */
export function thin(plane: usize, stride: i32, rows: i32, table: usize, active: usize, doomed: usize): void {
  let count = 0;
  for (let y = 1; y < rows - 1; y++) {
    for (let x = 1; x < stride - 1; x++) {
      const at = y * stride + x;
      if (load<u8>(plane + <usize>at) != 0) store<i32>(active + (usize(count++) << 2), at);
    }
  }
  let changed = true;
  while (changed) {
    changed = false;
    for (let half: usize = 0; half < 2; half++) {
      let gone = 0;
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const at = load<i32>(active + ((<usize>i) << 2));
        if (load<u8>(table + half * 256 + <usize>around(plane + <usize>at, <usize>stride)) != 0) {
          store<i32>(doomed + (usize(gone++) << 2), at);
        } else {
          store<i32>(active + (usize(kept++) << 2), at);
        }
      }
      for (let i = 0; i < gone; i++) store<u8>(plane + <usize>load<i32>(doomed + ((<usize>i) << 2)), 0);
      count = kept;
      if (gone > 0) changed = true;
    }
  }
}
