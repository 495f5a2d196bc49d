package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Set;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.devices.ide.AtaRegister.Err;

/**
 * A CD-ROM drive with a tray: an ATAPI device of 12-byte packets (ATA/ATAPI-7 volume 1 section 4.7,
 * MMC-5). Reads fetch runs as large as the buffer from the host; the guest takes them in DRQ blocks
 * of its byte count limit, or by DMA.
 */
public final class CdRom extends Drive implements RemovableDrive, Snapshotable<CdRom.State> {
  private static final int VERSION = 1;
  private static final int SIGNATURE = 0xeb14;
  private static final int PACKET_LENGTH = 12;
  private static final int RAW = 2352, RAW_HEADER = 16, FRAMES = 75, PREGAP = 150;
  private static final int BLOCK = CdReplies.BLOCK;

  /** Interrupt reason, which is the sector count register: command or data, direction. */
  private static final int COD = 1, TO_HOST = 2, REASON = 7;

  /** Events of the media class. */
  private static final int NO_EVENT = 0, EJECT_REQUEST = 1, NEW_MEDIUM = 2, MEDIUM_REMOVED = 3;

  /** What the command under way does. */
  private enum Op {
    NONE(Phase.NONE),
    IDENTIFY(Phase.PIO_IN),
    PACKET(Phase.PIO_OUT),
    REPLY(Phase.PIO_IN, Phase.DMA_IN),
    READ(Phase.NONE, Phase.PIO_IN, Phase.DMA_IN);

    private final Set<Phase> phases;

    Op(Phase... phases) {
      this.phases = Set.of(phases);
    }
  }

  // Configuration
  private final DriveIdentity identity;

  // Glue
  private BlockBackend medium;
  private CdReplies replies = new CdReplies(buffer);

  // Volatile state: the drive
  private boolean open;
  private boolean locked;
  private int sense;
  private int attention;
  private int event;
  private int transferMode = TransferMode.INITIAL;

  // Volatile state: the command under way
  private Op op = Op.NONE;
  private final byte[] packet = new byte[PACKET_LENGTH];
  private boolean dma;

  /** Bytes that the guest takes in one DRQ block at most; 0 is for DMA only. */
  private int limit;

  private long lba;

  /** Blocks to go from {@link #lba}, those in the buffer not included. */
  private int blocks;

  /** Bytes of a block as the guest gets it: 2048 or {@link #RAW}. */
  private int layout = BLOCK;

  /** Blocks that the host is asked for, and bytes in the buffer. */
  private int run, filled;

  /**
   * The volatile state; the medium itself is the board's business.
   *
   * @param op name of what the command under way does
   * @param packet in base 64
   */
  public record State(
      int version,
      Drive.State drive,
      boolean open,
      boolean locked,
      int sense,
      int attention,
      int event,
      int transferMode,
      String op,
      String packet,
      boolean dma,
      int limit,
      long lba,
      int blocks,
      int layout,
      int run,
      int filled) {}

  /**
   * A drive with its tray closed.
   *
   * @param medium or null
   */
  public CdRom(
      BlockBackend medium, DriveIdentity identity, ErrorPolicy policy, DriveEvents events) {
    super(events, policy, CAPACITY);
    this.medium = medium;
    this.identity = identity;
  }

  // The user's side

  /** {@inheritDoc} The tray stays open. */
  @Override
  public boolean remove(boolean force) {
    synchronized (monitor()) {
      if (locked && !force) {
        event = EJECT_REQUEST;
        return false;
      }
      locked = false;
      moveTray(true);
      medium = null;
      return true;
    }
  }

  /** {@inheritDoc} The tray closes. */
  @Override
  public void insert(BlockBackend newMedium) {
    synchronized (monitor()) {
      medium = newMedium;
      open = true;
      moveTray(false);
    }
  }

  @Override
  public boolean isLocked() {
    synchronized (monitor()) {
      return locked;
    }
  }

  @Override
  public boolean open() {
    synchronized (monitor()) {
      return open;
    }
  }

  private void moveTray(boolean out) {
    if (open != out) {
      open = out;
      event = out ? MEDIUM_REMOVED : medium != null ? NEW_MEDIUM : NO_EVENT;
      attention = !out && medium != null ? Sense.MEDIUM_CHANGED : Sense.NONE;
    }
  }

  private boolean ready() {
    return medium != null && !open;
  }

  private long capacity() {
    return ready() ? medium.size() / BLOCK : 0;
  }

  // Drive

  @Override
  void reset() {
    locked = false;
    sense = Sense.NONE;
    transferMode = TransferMode.INITIAL;
    super.reset();
  }

  @Override
  int signature() {
    return SIGNATURE;
  }

  @Override
  int statusAfterReset() {
    return 0; // not ready until its first packet (ATA/ATAPI-7 volume 2 section 9.1)
  }

  @Override
  boolean takesWhileBusy(int command) {
    return command == AtaCommand.DEVICE_RESET;
  }

  @Override
  void forget() {
    op = Op.NONE;
  }

  @Override
  boolean active() {
    return op != Op.NONE;
  }

  @Override
  void execute(int command) {
    switch (command) {
      case AtaCommand.PACKET -> acceptPacket();
      case AtaCommand.IDENTIFY_PACKET_DEVICE -> {
        identify();
        op = Op.IDENTIFY;
        pioIn(0, IdentifyPage.SIZE);
      }
      case AtaCommand.DEVICE_RESET -> {
        assertReset();
        finishReset();
      }
      case AtaCommand.IDENTIFY_DEVICE, AtaCommand.READ_SECTORS -> {
        regs.signature(SIGNATURE);
        abort();
      }
      case AtaCommand.SET_FEATURES -> setFeatures();
      case AtaCommand.CHECK_POWER_MODE -> {
        regs.sectorCount = 0xff;
        succeed(true);
      }
      case AtaCommand.STANDBY_IMMEDIATE,
          AtaCommand.IDLE_IMMEDIATE,
          AtaCommand.STANDBY,
          AtaCommand.IDLE,
          AtaCommand.SLEEP,
          AtaCommand.FLUSH_CACHE ->
          succeed(true);
      default -> abort();
    }
  }

  private void setFeatures() {
    int mode = regs.sectorCount & 0xff;
    if ((regs.features & 0xff) != 0x03 || !TransferMode.supported(mode)) {
      abort();
    } else {
      transferMode = TransferMode.after(transferMode, mode);
      succeed(true);
    }
  }

  private void identify() {
    new IdentifyPage(buffer)
        .names(identity)
        .word(0, 0x85c0) // ATAPI CD-ROM, removable, DRQ within 50 us, packets of 12 bytes
        .word(20, 3)
        .word(21, 512)
        .word(22, 4)
        .word(48, 1) // 32-bit data port
        .word(49, 0x0300) // LBA, DMA
        .word(53, 7)
        .word(63, TransferMode.multiword(transferMode))
        .word(64, 3) // PIO modes 3 and 4; then cycle times of 120 ns
        .words(65, 4, 0x0078_0078_0078_0078L)
        .word(71, 30) // ns from PACKET, and from SERVICE
        .word(72, 30)
        .word(80, 0xf0) // ATA/ATAPI-4 to 7
        .word(82, 0x4214) // NOP, DEVICE RESET, PACKET, removable
        .word(83, 0x4000)
        .word(85, 0x4214)
        .word(87, 0x4000)
        .word(88, TransferMode.ultra(transferMode))
        .word(93, 0x6001);
  }

  // Packets

  private void acceptPacket() {
    op = Op.PACKET;
    dma = (regs.features & 1) != 0;
    limit = (regs.lbaHigh & 0xff) << 8 | regs.lbaMid & 0xff;
    reason(COD);
    pioOut(0, PACKET_LENGTH, true);
  }

  private void reason(int bits) {
    regs.sectorCount = regs.sectorCount & ~REASON | bits;
  }

  private void packet() {
    buffer.get(0, packet);
    int code = packet[0] & 0xff;
    busyWithHost();
    if (attention != Sense.NONE && !CdCommand.ignoresAttention(code)) {
      int pending = attention;
      attention = Sense.NONE;
      check(pending);
      return;
    }
    if (code != CdCommand.REQUEST_SENSE) {
      sense = Sense.NONE;
    }
    if (CdCommand.needsMedium(code) && !ready()) {
      check(open ? Sense.NO_MEDIUM_TRAY_OPEN : Sense.NO_MEDIUM_TRAY_CLOSED);
    } else {
      carryOut(code);
    }
  }

  private void carryOut(int code) {
    switch (code) {
      case CdCommand.TEST_UNIT_READY, CdCommand.SET_CD_SPEED -> good();
      case CdCommand.REQUEST_SENSE -> {
        int told = sense != Sense.NONE ? sense : attention;
        attention = sense != Sense.NONE ? attention : Sense.NONE;
        sense = Sense.NONE;
        reply(replies.sense(told), packet[4] & 0xff);
      }
      case CdCommand.INQUIRY ->
          reply((packet[1] & 1) != 0 ? CdReplies.INVALID : replies.inquiry(identity), be16(3));
      case CdCommand.MODE_SENSE_6 -> modeSense(false, packet[4] & 0xff);
      case CdCommand.MODE_SENSE_10 -> modeSense(true, be16(7));
      case CdCommand.START_STOP_UNIT -> startStop();
      case CdCommand.PREVENT_ALLOW -> {
        locked = (packet[4] & 1) != 0;
        good();
      }
      case CdCommand.READ_CAPACITY -> reply(replies.capacity(capacity()), 8);
      case CdCommand.READ_10 -> read(be32(2), be16(7), BLOCK);
      case CdCommand.READ_12 -> read(be32(2), be32(6), BLOCK);
      case CdCommand.READ_CD -> readCd();
      case CdCommand.SEEK_10 -> seek();
      case CdCommand.READ_SUB_CHANNEL -> reply(replies.subChannel(packet), be16(7));
      case CdCommand.READ_TOC -> reply(replies.toc(packet, capacity()), be16(7));
      case CdCommand.GET_CONFIGURATION -> reply(replies.configuration(packet, capacity()), be16(7));
      case CdCommand.GET_EVENT_STATUS_NOTIFICATION -> eventStatus();
      case CdCommand.READ_DISC_INFORMATION -> reply(replies.discInformation(), be16(7));
      case CdCommand.READ_TRACK_INFORMATION ->
          reply(replies.trackInformation(packet, capacity()), be16(7));
      case CdCommand.MECHANISM_STATUS -> reply(replies.mechanism(), be16(8));
      default -> check(Sense.INVALID_OPCODE);
    }
  }

  private int be16(int offset) {
    return ByteBuffer.wrap(packet).getShort(offset) & 0xffff;
  }

  private long be32(int offset) {
    return ByteBuffer.wrap(packet).getInt(offset) & 0xffff_ffffL;
  }

  private void modeSense(boolean wide, int allocation) {
    if ((packet[2] >> 6 & 3) == 3) {
      check(Sense.SAVING_NOT_SUPPORTED);
    } else {
      reply(replies.modePages(packet, wide, locked), allocation);
    }
  }

  private void eventStatus() {
    int length = replies.event(packet, event, open, medium != null);
    if (length > 4) {
      event = NO_EVENT; // told once
    }
    reply(length, be16(7));
  }

  private void startStop() {
    boolean loadOrEject = (packet[4] & 2) != 0;
    boolean start = (packet[4] & 1) != 0;
    if (loadOrEject && !start && locked) {
      check(Sense.REMOVAL_PREVENTED);
      return;
    }
    if (loadOrEject && open == start) {
      moveTray(!start);
      events().tray(open);
    }
    good();
  }

  private void seek() {
    if (be32(2) >= capacity()) {
      check(Sense.LBA_OUT_OF_RANGE);
    } else {
      good();
    }
  }

  private void readCd() {
    int count = (packet[6] & 0xff) << 16 | be16(7);
    switch (packet[9] & 0xf8) {
      case 0x00 -> good(); // nothing of each block
      case 0x10 -> read(be32(2), count, BLOCK);
      case 0xf8 -> read(be32(2), count, RAW);
      default -> check(Sense.INVALID_FIELD);
    }
  }

  private void read(long first, long count, int bytesPerBlock) {
    if (first + count > capacity()) {
      check(Sense.LBA_OUT_OF_RANGE);
    } else if (count == 0) {
      good();
    } else if (takesData()) {
      op = Op.READ;
      lba = first;
      blocks = (int) count; // below 2^32 / 2048 blocks of any medium that could be
      layout = bytesPerBlock;
      nextRun();
    }
  }

  /** Data by PIO needs a byte count limit (ATA/ATAPI-7 volume 1 section 6.24.4). */
  private boolean takesData() {
    if (!dma && (limit & ~1) == 0) {
      abort();
      return false;
    }
    return true;
  }

  private void reply(int length, int allocation) {
    if (length == CdReplies.INVALID) {
      check(Sense.INVALID_FIELD);
    } else if (Math.min(length, allocation) == 0) {
      good();
    } else if (takesData()) {
      op = Op.REPLY;
      filled = Math.min(length, allocation);
      offer(0);
    }
  }

  // The course of a transfer

  private void nextRun() {
    run = Math.min(blocks, CAPACITY / layout);
    busyWithHost();
    io.read(medium, lba * BLOCK, layout == RAW ? CAPACITY - run * BLOCK : 0, run * BLOCK);
  }

  @Override
  void hostDone(BlockError cause) {
    if (!ready()) {
      check(open ? Sense.NO_MEDIUM_TRAY_OPEN : Sense.NO_MEDIUM_TRAY_CLOSED);
    } else if (cause != null) {
      check(cause == BlockError.OUT_OF_RANGE ? Sense.LBA_OUT_OF_RANGE : Sense.UNRECOVERED_READ);
    } else {
      if (layout == RAW) {
        expand();
      }
      lba += run;
      blocks -= run;
      filled = run * layout;
      offer(0);
    }
  }

  /** Makes raw blocks at the buffer's start of the plain ones at its end; ECC is left zero. */
  private void expand() {
    int from = CAPACITY - run * BLOCK;
    for (int i = 0; i < run; i++) {
      int to = i * RAW;
      for (int j = 0; j < BLOCK; j += Long.BYTES) {
        buffer.putLong(to + RAW_HEADER + j, buffer.getLong(from + i * BLOCK + j));
      }
      header(to, lba + i);
      for (int j = RAW_HEADER + BLOCK; j < RAW; j += Long.BYTES) {
        buffer.putLong(to + j, 0);
      }
    }
  }

  /** Sync pattern, address as BCD minute, second and frame, mode 1 (ECMA-130 section 14). */
  private void header(int at, long block) {
    buffer.putLong(at, 0xffff_ffff_ffff_ff00L);
    buffer.putInt(at + 8, 0x00ff_ffff);
    long frame = block + PREGAP;
    buffer.put(at + 12, bcd(frame / FRAMES / 60));
    buffer.put(at + 13, bcd(frame / FRAMES % 60));
    buffer.put(at + 14, bcd(frame % FRAMES));
    buffer.put(at + 15, (byte) 1);
  }

  private static byte bcd(long value) {
    return (byte) (value / 10 << 4 | value % 10);
  }

  /** Passes what is in the buffer from an offset on, as much as the guest takes at once. */
  private void offer(int from) {
    reason(TO_HOST);
    if (dma) {
      dmaIn(filled);
      return;
    }
    int left = filled - from;
    int block = Math.min(left, limit == left ? limit : limit & ~1);
    regs.lbaMid = block & 0xff;
    regs.lbaHigh = block >> 8;
    pioIn(from, block + (block & 1));
  }

  @Override
  void dataDone() {
    switch (op) {
      case IDENTIFY -> succeed(false);
      case PACKET -> packet();
      case REPLY, READ -> {
        if (!dma && blockEnd() < filled) {
          offer(blockEnd());
        } else if (op == Op.READ && blocks > 0) {
          nextRun();
        } else {
          good();
        }
      }
      case NONE -> throw new AssertionError("no data without a command");
    }
  }

  private void good() {
    reason(COD | TO_HOST);
    succeedDma();
  }

  /** CHECK CONDITION. */
  private void check(int why) {
    sense = why;
    reason(COD | TO_HOST);
    fail(Sense.key(why) << 4 | (why == Sense.INVALID_OPCODE ? Err.ABRT : 0));
  }

  // Snapshots

  @Override
  public State save() {
    synchronized (monitor()) {
      return new State(
          VERSION,
          saveDrive(filled),
          open,
          locked,
          sense,
          attention,
          event,
          transferMode,
          op.name(),
          Base64.getEncoder().encodeToString(packet),
          dma,
          limit,
          lba,
          blocks,
          layout,
          run,
          filled);
    }
  }

  @Override
  public void restore(State state) {
    StateCheck check = new StateCheck("ide cd-rom");
    check.version(VERSION, state.version);
    check(check, state.drive, check.constant(Op.class, "op", state.op).phases);
    check.bits("sense", state.sense, 0xff_ffff);
    check.bits("attention", state.attention, 0xff_ffff);
    check.bits("event", state.event, 3);
    check.bits("transferMode", state.transferMode, 0xff);
    check.that(state.packet.length() == PACKET_LENGTH / 3 * 4, "packet", state.packet);
    check.bits("limit", state.limit, 0xffff);
    check.that(state.lba >= 0 && state.lba <= 1L << 33, "lba", state.lba);
    check.that(state.blocks >= 0, "blocks", state.blocks);
    boolean known = state.layout == BLOCK || state.layout == RAW;
    check.that(known, "layout", state.layout);
    check.that(state.run >= 0 && (long) state.run * state.layout <= CAPACITY, "run", state.run);
    check.that(state.filled >= 0 && state.filled <= CAPACITY, "filled", state.filled);
    synchronized (monitor()) {
      take(state);
    }
  }

  private void take(State state) {
    restoreDrive(state.drive);
    replies = new CdReplies(buffer);
    open = state.open;
    locked = state.locked;
    sense = state.sense;
    attention = state.attention;
    event = state.event;
    transferMode = state.transferMode;
    op = Op.valueOf(state.op);
    System.arraycopy(Base64.getDecoder().decode(state.packet), 0, packet, 0, PACKET_LENGTH);
    dma = state.dma;
    limit = state.limit;
    lba = state.lba;
    blocks = state.blocks;
    layout = state.layout;
    run = state.run;
    filled = state.filled;
    if (medium == null && state.drive.io().pending()) {
      check(Sense.NO_MEDIUM_TRAY_CLOSED);
    } else {
      io.restore(medium, state.drive.io());
    }
  }
}
