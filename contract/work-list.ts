/**
 * The pharmacist's work list: open prescriptions for this pharmacy, as far as they may be shown while no patient's card is in. Neither the
 * bureau's inbox nor this list says whose they are.
 * @module
 */
import { z } from 'zod';
import { Day, Id16, Instant } from './formats.ts';

/** Most lines of a page. */
export const WORK_LIST_PAGE = 50;

/**
 * `open`: nobody prepares it; `here`: this desk does; `elsewhere`: another desk of the pharmacy does, or this one has lost the secret of the
 * lock; `early`: before the window of its next part.
 */
export const WorkItemState = z.enum(['open', 'here', 'elsewhere', 'early']);
export type WorkItemState = z.infer<typeof WorkItemState>;

/** One line of the list. */
export const WorkItem = z.strictObject({
  rxId: Id16,
  receivedAt: Instant,
  /** Last day. */
  expires: Day,
  state: WorkItemState,
});
export type WorkItem = z.infer<typeof WorkItem>;

/** A page of the list, oldest received first. */
export const WorkListPage = z.strictObject({
  items: z.array(WorkItem).max(WORK_LIST_PAGE),
  /** From 1. */
  page: z.int().min(1),
  pages: z.int().min(1),
  /** On all pages. */
  total: z.int().min(0),
});
export type WorkListPage = z.infer<typeof WorkListPage>;

/** What is shown besides of the one that is opened. */
export const WorkItemDetail = z.strictObject({
  ...WorkItem.shape,
  /** The next part. */
  part: z.int().min(1),
  parts: z.int().min(1),
  opensOn: Day.exactOptional(),
});
export type WorkItemDetail = z.infer<typeof WorkItemDetail>;
