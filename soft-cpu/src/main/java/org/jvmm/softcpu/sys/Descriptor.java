package org.jvmm.softcpu.sys;

import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Segmentation;

/** The fields of an 8-byte descriptor (SDM vol. 3 figures 3-8 and 6-2). */
final class Descriptor {
  /** System descriptor types (SDM vol. 3 table 3-2). */
  static final int TSS16 = 1,
      LDT = 2,
      TSS16_BUSY = 3,
      CALL_GATE16 = 4,
      TASK_GATE = 5,
      INTERRUPT_GATE16 = 6,
      TRAP_GATE16 = 7,
      TSS = 9,
      TSS_BUSY = 11,
      CALL_GATE = 12,
      INTERRUPT_GATE = 14,
      TRAP_GATE = 15;

  private Descriptor() {}

  /** Access bits as {@link Segment#access} has them. */
  static int access(long raw) {
    return (int) (raw >>> 40) & 0xff | (int) (raw >>> 52 & 0xf) << 8;
  }

  static int type(long raw) {
    return (int) (raw >>> 40) & 0xf;
  }

  static int dpl(long raw) {
    return (int) (raw >>> 45) & 3;
  }

  static boolean present(long raw) {
    return (raw >>> 47 & 1) != 0;
  }

  /** Code or data, not a system descriptor. */
  static boolean isSegment(long raw) {
    return (raw >>> 44 & 1) != 0;
  }

  static boolean isCode(long raw) {
    return isSegment(raw) && (type(raw) & Segmentation.CODE) != 0;
  }

  static boolean isConforming(long raw) {
    return isCode(raw) && (type(raw) & Segmentation.CONFORMING) != 0;
  }

  static boolean isReadable(long raw) {
    return isSegment(raw) && (!isCode(raw) || (type(raw) & Segmentation.READABLE) != 0);
  }

  static boolean isWritableData(long raw) {
    return isSegment(raw) && !isCode(raw) && (type(raw) & Segmentation.WRITABLE) != 0;
  }

  static boolean isLong(long raw) {
    return (raw >>> 53 & 1) != 0;
  }

  static boolean is32(long raw) {
    return (raw >>> 54 & 1) != 0;
  }

  static long base(long raw) {
    return raw >>> 16 & 0xffffff | raw >>> 32 & 0xff000000L;
  }

  /** In bytes, granularity applied. */
  static int limit(long raw) {
    int limit = (int) (raw & 0xffff | raw >>> 32 & 0xf0000);
    return (raw >>> 55 & 1) != 0 ? limit << 12 | 0xfff : limit;
  }

  /** Gates: the target's selector. */
  static int gateSelector(long raw) {
    return (int) (raw >>> 16) & 0xffff;
  }

  /** Gates: the target's offset, as far as these 8 bytes hold it. */
  static long gateOffset(long raw) {
    return raw & 0xffff | raw >>> 32 & 0xffff0000L;
  }

  /** Fills a segment register's hidden part. */
  static void load(Segment segment, int selector, long raw) {
    segment.set(selector, base(raw), limit(raw), access(raw), false);
  }
}
