package org.jvmm.devices.pic;

import org.jvmm.core.device.SnapshotException;

/**
 * One 8259A: eight inputs, a priority resolver and its command words. Pure: it calls nobody; {@link
 * PicPair} wires two of them, guards them and drives INTR.
 *
 * <p>Deviation: an edge is latched until INTA even if the input falls before. The datasheet answers
 * such an INTA with IR7; sources that pulse their line would never be heard.
 */
public final class I8259 {
  /** {@link #request()} when nothing is to be served. */
  static final int NONE = -1;

  /** The input that answers an INTA without a request (datasheet, "Edge and level triggered"). */
  static final int SPURIOUS = 7;

  private static final class Icw1 {
    static final int IC4 = 1, SNGL = 1 << 1, LTIM = 1 << 3, ICW1 = 1 << 4;
  }

  private static final class Icw4 {
    static final int AEOI = 1 << 1, SFNM = 1 << 4;
  }

  private static final class Ocw3 {
    static final int RIS = 1, RR = 1 << 1, P = 1 << 2, OCW3 = 1 << 3, SMM = 1 << 5, ESMM = 1 << 6;
  }

  /** The command word that the next write to A0 = 1 is. */
  private enum Expect {
    /** No ICW1 yet since power-on: OCW1, and no interrupts. */
    OCW1_UNINITIALIZED,
    OCW1,
    ICW2,
    ICW3,
    ICW4
  }

  // Configuration
  private final int cascaded;
  private final int elcrWritable;

  // Volatile state. The levels of the inputs are the wires', so reset() leaves them.
  private int lines;
  private int latch;
  private int isr;
  private int imr;
  private int elcr;
  private int icw1;
  private int icw2;
  private int icw4;
  private int lowest = 7;
  private Expect expect = Expect.OCW1_UNINITIALIZED;
  private boolean specialMask;
  private boolean rotateOnAeoi;
  private boolean readIsr;
  private boolean poll;

  /**
   * A chip.
   *
   * @param cascaded the inputs that another 8259A's INT drives, one bit each: they follow its level
   * @param elcrWritable the inputs that the edge/level control register may make level-triggered
   */
  I8259(int cascaded, int elcrWritable) {
    this.cascaded = cascaded;
    this.elcrWritable = elcrWritable;
  }

  /** Drives an input, 0-7. */
  void input(int ir, boolean high) {
    int bit = 1 << ir;
    if (high) {
      latch |= bit & ~lines & ~levelTriggered();
      lines |= bit;
    } else {
      lines &= ~bit;
    }
  }

  /** The input to serve next, or {@link #NONE}; INT is high unless it is NONE. */
  int request() {
    if (expect != Expect.OCW1) {
      return NONE;
    }
    int requests = irr() & ~imr;
    int serving = specialMask ? isr & ~imr : isr;
    for (int i = 1; i <= 8; i++) {
      int ir = (lowest + i) & 7;
      int bit = 1 << ir;
      if ((serving & bit) != 0) {
        // Special fully nested mode: a slave in service may ask again, for a higher one of its own.
        boolean again = (icw4 & Icw4.SFNM) != 0 && (cascaded & requests & bit) != 0;
        return again ? ir : NONE;
      }
      if ((requests & bit) != 0) {
        return ir;
      }
    }
    return NONE;
  }

  /** The INTA cycle: the input taken into service, or {@link #SPURIOUS} with none in service. */
  int acknowledge() {
    int ir = request();
    if (ir == NONE) {
      return SPURIOUS;
    }
    latch &= ~(1 << ir);
    if ((icw4 & Icw4.AEOI) == 0) {
      isr |= 1 << ir;
    } else if (rotateOnAeoi) {
      lowest = ir;
    }
    return ir;
  }

  /** The vector of an input, by ICW2. */
  int vector(int ir) {
    return icw2 | ir;
  }

  /** Reads A0 = 0: IRR, ISR or the poll word; or A0 = 1: IMR. */
  int read(int a0) {
    if (poll) {
      poll = false; // "the next RD is treated as an INTA", at either address
      return request() == NONE ? 0 : 0x80 | acknowledge();
    }
    if (a0 != 0) {
      return imr;
    }
    return readIsr ? isr : irr();
  }

  /** Writes a command word. */
  void write(int a0, int value) {
    if (a0 != 0) {
      writeSequence(value & 0xff);
    } else if ((value & Icw1.ICW1) != 0) {
      initialize(value & 0xff);
    } else if ((value & Ocw3.OCW3) != 0) {
      writeOcw3(value);
    } else {
      writeOcw2(value);
    }
  }

  int elcr() {
    return elcr;
  }

  void writeElcr(int value) {
    elcr = value & elcrWritable;
    latch &= ~levelTriggered();
  }

  void reset() {
    initialize(0);
    icw2 = 0;
    elcr = 0;
    expect = Expect.OCW1_UNINITIALIZED;
  }

  private int levelTriggered() {
    return (icw1 & Icw1.LTIM) != 0 ? 0xff : elcr | cascaded;
  }

  private int irr() {
    return latch | lines & levelTriggered();
  }

  /** ICW1; the list of what it resets is the datasheet's, ISR and rotation are ours to clear. */
  private void initialize(int value) {
    icw1 = value;
    icw4 = 0;
    latch = 0;
    isr = 0;
    imr = 0;
    lowest = 7;
    specialMask = false;
    rotateOnAeoi = false;
    readIsr = false;
    poll = false;
    expect = Expect.ICW2;
  }

  private void writeSequence(int value) {
    Expect last = (icw1 & Icw1.IC4) != 0 ? Expect.ICW4 : Expect.OCW1;
    expect =
        switch (expect) {
          case ICW2 -> {
            icw2 = value & 0xf8;
            yield (icw1 & Icw1.SNGL) != 0 ? last : Expect.ICW3;
          }
          case ICW3 -> last;
          case ICW4 -> {
            icw4 = value;
            yield Expect.OCW1;
          }
          case OCW1, OCW1_UNINITIALIZED -> {
            imr = value;
            yield expect;
          }
        };
  }

  /** R, SL and EOI in bits 7:5; L2-L0 in bits 2:0. */
  private void writeOcw2(int value) {
    int level = value & 7;
    switch ((value >> 5) & 7) {
      case 0b000 -> rotateOnAeoi = false;
      case 0b001 -> endOfInterrupt(highestInService(), false);
      case 0b011 -> endOfInterrupt(level, false);
      case 0b100 -> rotateOnAeoi = true;
      case 0b101 -> endOfInterrupt(highestInService(), true);
      case 0b110 -> lowest = level;
      case 0b111 -> endOfInterrupt(level, true);
      default -> {} // 0b010: no operation
    }
  }

  private void endOfInterrupt(int ir, boolean rotate) {
    if (ir == NONE) {
      return;
    }
    isr &= ~(1 << ir);
    if (rotate) {
      lowest = ir;
    }
  }

  /** In special mask mode a non-specific EOI leaves the masked ones alone. */
  private int highestInService() {
    int serving = specialMask ? isr & ~imr : isr;
    for (int i = 1; i <= 8; i++) {
      int ir = (lowest + i) & 7;
      if ((serving & 1 << ir) != 0) {
        return ir;
      }
    }
    return NONE;
  }

  private void writeOcw3(int value) {
    if ((value & Ocw3.ESMM) != 0) {
      specialMask = (value & Ocw3.SMM) != 0;
    }
    if ((value & Ocw3.RR) != 0) {
      readIsr = (value & Ocw3.RIS) != 0;
    }
    if ((value & Ocw3.P) != 0) {
      poll = true;
    }
  }

  /**
   * The volatile state of one chip.
   *
   * @param lines levels of the inputs
   * @param latch edges not yet acknowledged
   * @param lowest the input of lowest priority
   * @param expect the command word that the next write to A0 = 1 is, by its place in the order
   *     uninitialized, OCW1, ICW2, ICW3, ICW4
   */
  public record State(
      int lines,
      int latch,
      int isr,
      int imr,
      int elcr,
      int icw1,
      int icw2,
      int icw4,
      int lowest,
      int expect,
      boolean specialMask,
      boolean rotateOnAeoi,
      boolean readIsr,
      boolean poll) {}

  State save() {
    return new State(
        lines,
        latch,
        isr,
        imr,
        elcr,
        icw1,
        icw2,
        icw4,
        lowest,
        expect.ordinal(),
        specialMask,
        rotateOnAeoi,
        readIsr,
        poll);
  }

  void restore(State s) {
    int registers = s.lines | s.latch | s.isr | s.imr | s.elcr | s.icw1 | s.icw2 | s.icw4;
    if ((registers & ~0xff) != 0
        || (s.elcr & ~elcrWritable) != 0
        || (s.lowest & ~7) != 0
        || s.expect < 0
        || s.expect >= Expect.values().length) {
      throw new SnapshotException("8259: " + s);
    }
    lines = s.lines;
    latch = s.latch;
    isr = s.isr;
    imr = s.imr;
    elcr = s.elcr;
    icw1 = s.icw1;
    icw2 = s.icw2;
    icw4 = s.icw4;
    lowest = s.lowest;
    expect = Expect.values()[s.expect];
    specialMask = s.specialMask;
    rotateOnAeoi = s.rotateOnAeoi;
    readIsr = s.readIsr;
    poll = s.poll;
  }
}
