/**
 * Redraws docs/pictures/finger-stages.png: the stages of an extraction on an invented finger, side by side.
 *
 *   node scripts/draw-finger-stages.ts
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { BORDER, CELL } from '../biometric/extract/cell-grid.ts';
import { EXTRACTION } from '../biometric/extract/extraction-parameters.ts';
import { createStages } from '../biometric/extract/extraction-stages.ts';
import type { Minutia } from '../biometric/extract/finger-template.ts';
import { drawImpression, ridgePattern } from '../biometric/extract/ridge-pattern.fixture.ts';

type Colour = readonly [red: number, green: number, blue: number];
const image = drawImpression(ridgePattern(3), { noise: 0, width: 252, height: 326 });
const { width, height, pixels } = image;
const stages = await createStages(EXTRACTION);
const front = stages.front(width, height, pixels);
const views = EXTRACTION.views.map((view) => stages.view(front, view));
const { stride, columns } = front.grid;

/** Sixteen steps are enough for a picture in a document and make it a quarter as large. */
const coarse = (value: number): number => Math.round(value / 17) * 17;
const grey = (value: number): Colour => [value, value, value];
const bounded = (value: number): number => Math.max(0, Math.min(255, value));
const cellAt = (x: number, y: number): number =>
  Math.floor((y + BORDER) / CELL) * columns + Math.floor((x + BORDER) / CELL);
const plane = (at: number) => {
  const values = stages.arena.f32(at, stride * front.grid.rows).slice();
  return (x: number, y: number): number => values[(y + BORDER) * stride + x + BORDER] ?? 0;
};
const normalised = plane(front.plane);

/** Orientation as a hue, background white. */
function hue(x: number, y: number): Colour {
  const cell = cellAt(x, y);
  if (front.mask[cell] !== 1) return grey(255);
  const turn = 2 * (front.orientation[cell] ?? 0);
  const wave = (shift: number): number => Math.round(150 + 90 * Math.cos(turn + shift));
  return [wave(0), wave(2.1), wave(4.2)];
}

/** Ending red, bifurcation blue: a ring and a line the way it points. */
function mark(panel: Uint8Array, minutiae: readonly Minutia[]): void {
  for (const { x, y, angle, type } of minutiae) {
    const colour = type === 'ending' ? [210, 20, 20] : [20, 60, 220];
    const turn = (angle * Math.PI) / 128;
    const ring = Array.from({ length: 24 }, (_, i) => [3 * Math.cos(i), 3 * Math.sin(i)] as const);
    const line = Array.from({ length: 8 }, (_, i) => [(3 + i) * Math.cos(turn), -(3 + i) * Math.sin(turn)] as const);
    for (const [dx, dy] of [...ring, ...line]) {
      const [px, py] = [Math.round(x + dx), Math.round(y + dy)];
      if (px >= 0 && py >= 0 && px < width && py < height) panel.set(colour, 3 * (py * width + px));
    }
  }
}

const original = (x: number, y: number): Colour => grey(pixels[y * width + x] ?? 0);
const panels = [
  draw(original),
  draw((x, y) => grey(bounded(128 + 42 * normalised(x, y)))),
  draw(hue),
  ...views.flatMap((view) => {
    const enhanced = plane(view.enhanced);
    const skeleton = draw((x, y) => grey(view.skeleton[(y + BORDER) * stride + x + BORDER] === 1 ? 0 : 255));
    mark(skeleton, view.minutiae);
    return [draw((x, y) => grey(bounded(128 + 80 * enhanced(x, y)))), skeleton];
  }),
];
const last = draw(original);
mark(last, views[0]?.minutiae ?? []);
panels.push(last);

function draw(colour: (x: number, y: number) => Colour): Uint8Array {
  const panel = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) panel.set(colour(x, y).map(coarse), 3 * (y * width + x));
  return panel;
}

const across = 4;
const sheet = { width: across * width, height: Math.ceil(panels.length / across) * height };
const data = new Uint8Array(3 * sheet.width * sheet.height);
panels.forEach((panel, i) => {
  const [left, top] = [(i % across) * width, Math.floor(i / across) * height];
  for (let y = 0; y < height; y++)
    data.set(panel.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * sheet.width + left));
});
writeFileSync(
  join(import.meta.dirname, '..', 'docs', 'pictures', 'finger-stages.png'),
  encode({ ...sheet, data, channels: 3, depth: 8 }),
);
