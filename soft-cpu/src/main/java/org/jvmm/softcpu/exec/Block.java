package org.jvmm.softcpu.exec;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.isa.Mode;
import org.jvmm.softcpu.isa.Op;

/**
 * A run of decoded instructions that is entered at its first and left at its last or by a fault.
 *
 * <p>It knows up to two successors on its own page. Which physical page that is has been asked when
 * the block was entered, so no translation has to be asked for again; only a successor's mode is
 * looked at, which tells of discarded ones too. It also knows the last one on another page, which
 * holds as long as no translation of code was dropped.
 */
final class Block {
  /** {@link #mode} of a block that a byte of was overwritten: no vCPU is in it. */
  static final int DISCARDED = -1;

  private static final Block NONE =
      new Block(0, DISCARDED, new Insn[] {new Insn()}, new Handler[1], -1);

  private static final int OFFSET = 0xfff;

  /** Guest-physical address of the first byte. */
  final long physical;

  /** {@link org.jvmm.softcpu.isa.Mode} bits it was decoded with, or {@link #DISCARDED}. */
  int mode;

  final Insn[] insns;
  final Handler[] handlers;

  /** Bytes. */
  final int length;

  /** Guest-physical page of the part that lies on a second page, or -1. */
  final long secondPage;

  /** What it was decoded from, where memory may change unseen, else null. */
  byte[] bytes;

  /** {@link CodeCache#epoch} in which {@link #bytes} was compared with memory. */
  int epoch;

  /** The next block of the same bucket of its {@link CodePage}. */
  Block nextInBucket;

  /** Offset in the page of the first byte. */
  private final int offset;

  private Block likely = NONE;
  private Block other = NONE;
  private Block elsewhere = NONE;
  private long elsewhereAt;
  private int elsewhereVersion;
  private long elsewhereDistance;

  /** How often it ran outside of regions. */
  int heat;

  /** The region that it is run by, or null. */
  Region region;

  /** Those that it is part of. */
  private List<Region> regions = List.of();

  /** Its number in {@link #region}. */
  int part;

  /** Its address relative to that of the first block of {@link #region}. */
  long partDelta;

  Block(long physical, int mode, Insn[] insns, Handler[] handlers, long secondPage) {
    this.physical = physical;
    this.mode = mode;
    this.insns = insns;
    this.handlers = handlers;
    this.secondPage = secondPage;
    length = insns[insns.length - 1].end;
    offset = (int) physical & OFFSET;
  }

  /** Bytes on the second page. */
  int spill() {
    return offset + length - 4096;
  }

  /**
   * Whether successors may be kept: the block cannot change what its own page's address means, no
   * limit of CS is to be checked, and memory does not change unseen.
   */
  boolean linksSuccessors() {
    Insn last = insns[insns.length - 1];
    return (mode & (Mode.CODE64 | Mode.FLAT)) != 0
        && mode != DISCARDED
        && bytes == null
        && (!last.op.has(Op.END) || last.kind(0) == Insn.REL);
  }

  /**
   * The known successor on the same page, or null.
   *
   * @param linear address of the successor
   */
  Block successor(long linear, int modeBits) {
    int to = (int) linear & OFFSET;
    if (likely.offset == to && likely.mode == modeBits) {
      return likely;
    }
    return other.offset == to && other.mode == modeBits ? other : null;
  }

  /** Notes a successor on the same page; the older of two is forgotten. */
  void link(Block successor) {
    other = likely;
    likely = successor;
  }

  /**
   * The block that followed last on another page, if that was at this address and under these
   * translations, else null.
   */
  Block elsewhere(long linear, int modeBits, int codeVersion) {
    return elsewhereAt == linear && elsewhereVersion == codeVersion && elsewhere.mode == modeBits
        ? elsewhere
        : null;
  }

  /**
   * Notes a successor on another page, or after a jump to where a register or memory says.
   *
   * @param distance from the first byte of this block to that one's
   */
  void linkElsewhere(long linear, Block successor, int codeVersion, long distance) {
    elsewhere = successor;
    elsewhereAt = linear;
    elsewhereVersion = codeVersion;
    elsewhereDistance = distance;
  }

  /** What was noted last by {@link #linkElsewhere}, or null. */
  Block elsewhere() {
    return elsewhere == NONE ? null : elsewhere;
  }

  long elsewhereDistance() {
    return elsewhereDistance;
  }

  /** Whether it may become part of a region: nothing is to be looked at before it runs again. */
  boolean compiles() {
    return (mode & (Mode.CODE64 | Mode.FLAT)) != 0
        && mode != DISCARDED
        && bytes == null
        && secondPage < 0;
  }

  /**
   * Makes it part of a region, which runs it unless another one does.
   *
   * @param number of the part
   * @param delta its address relative to that of the region's first block
   */
  void compiledBy(Region compiled, int number, long delta) {
    if (regions.isEmpty()) {
      regions = new ArrayList<>(1);
    }
    regions.add(compiled);
    if (region == null) {
      region = compiled;
      part = number;
      partDelta = delta;
    }
  }

  /** Takes back {@link #compiledBy}. */
  void leave(Region dissolved) {
    if (!regions.isEmpty()) {
      regions.remove(dissolved);
    }
    if (region == dissolved) {
      region = null;
      heat = 0;
    }
  }

  /** Makes it unfindable. */
  void discard() {
    mode = DISCARDED;
    List<Region> dissolving = regions;
    regions = List.of();
    dissolving.forEach(Region::dissolve);
    likely = NONE;
    other = NONE;
    elsewhere = NONE;
  }
}
