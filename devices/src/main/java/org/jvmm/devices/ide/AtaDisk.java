package org.jvmm.devices.ide;

import java.util.Set;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.devices.ide.AtaRegister.Err;
import org.jvmm.devices.ide.AtaRegister.Status;

/**
 * A disk of 512-byte sectors. What a command asks for is fetched from or sent to the host in runs
 * as large as the buffer, whatever blocks the guest takes it in; a write is acknowledged when the
 * host has it, and with the write cache disabled when the host has made it durable.
 */
public final class AtaDisk extends Drive implements Snapshotable<AtaDisk.State> {
  static final int SECTOR = 512;

  private static final int VERSION = 1;
  private static final int RUN = CAPACITY / SECTOR;
  private static final int MAX_MULTIPLE = 16;
  private static final int HEADS = 16, SECTORS_PER_TRACK = 63, MAX_CYLINDERS = 16_383;
  private static final long MAX_LBA28 = 0xfff_ffffL;
  private static final int ACTIVE_OR_IDLE = 0xff;
  private static final int DSM_TRIM = 1;

  /** What the command under way does. */
  private enum Op {
    NONE(Phase.NONE),
    REPLY(Phase.PIO_IN),
    READ(Phase.NONE, Phase.PIO_IN, Phase.DMA_IN, Phase.HOST_IN),
    WRITE(Phase.NONE, Phase.PIO_OUT, Phase.DMA_OUT, Phase.HOST_OUT),
    VERIFY(Phase.NONE),
    FLUSH(Phase.NONE),
    TRIM(Phase.NONE, Phase.DMA_OUT);

    private final Set<Phase> phases;

    Op(Phase... phases) {
      this.phases = Set.of(phases);
    }
  }

  // Configuration
  private final BlockBackend backend;
  private final DriveIdentity identity;

  // Volatile state: settings
  private int heads;
  private int sectorsPerTrack;
  private int multiple;
  private int transferMode;
  private boolean writeCache;
  private boolean smart;
  private boolean autosave;

  // Volatile state: the command under way
  private Op op = Op.NONE;
  private boolean dma, ext;
  private long lba;

  /** Sectors to go from {@link #lba}, those in the buffer included. */
  private int sectors;

  /** Sectors in a DRQ block. */
  private int block = 1;

  /** Sectors in the buffer. */
  private int run;

  /** TRIM: the next range's place in the buffer. */
  private int range;

  /**
   * The volatile state.
   *
   * @param op name of what the command under way does
   */
  public record State(
      int version,
      Drive.State drive,
      int heads,
      int sectorsPerTrack,
      int multiple,
      int transferMode,
      boolean writeCache,
      boolean smart,
      boolean autosave,
      String op,
      boolean dma,
      boolean ext,
      long lba,
      int sectors,
      int block,
      int run,
      int range) {}

  /**
   * A disk.
   *
   * @param backend its medium; what is left over from whole sectors is not seen
   */
  public AtaDisk(
      BlockBackend backend, DriveIdentity identity, ErrorPolicy policy, DriveEvents events) {
    super(events, policy, CAPACITY);
    this.backend = backend;
    this.identity = identity;
    powerOn();
  }

  /** Sectors; the user may change it while the guest runs, which IDENTIFY DEVICE then says. */
  private long capacity() {
    return backend.size() / SECTOR;
  }

  private void powerOn() {
    heads = HEADS;
    sectorsPerTrack = SECTORS_PER_TRACK;
    multiple = MAX_MULTIPLE;
    transferMode = TransferMode.INITIAL;
    writeCache = true;
    smart = true;
    autosave = true;
  }

  @Override
  void reset() {
    powerOn();
    super.reset();
  }

  @Override
  int signature() {
    return 0;
  }

  @Override
  int statusAfterReset() {
    return Status.GOOD;
  }

  @Override
  boolean takesWhileBusy(int command) {
    return false;
  }

  @Override
  void forget() {
    op = Op.NONE;
  }

  @Override
  boolean active() {
    return op != Op.NONE;
  }

  // Commands

  @Override
  void execute(int command) {
    switch (command) {
      case AtaCommand.READ_SECTORS, AtaCommand.READ_SECTORS_NO_RETRY ->
          transfer(Op.READ, false, false, 1);
      case AtaCommand.READ_SECTORS_EXT -> transfer(Op.READ, false, true, 1);
      case AtaCommand.READ_MULTIPLE -> transfer(Op.READ, false, false, multiple);
      case AtaCommand.READ_MULTIPLE_EXT -> transfer(Op.READ, false, true, multiple);
      case AtaCommand.READ_DMA, AtaCommand.READ_DMA_NO_RETRY -> transfer(Op.READ, true, false, 1);
      case AtaCommand.READ_DMA_EXT -> transfer(Op.READ, true, true, 1);
      case AtaCommand.WRITE_SECTORS, AtaCommand.WRITE_SECTORS_NO_RETRY, AtaCommand.WRITE_VERIFY ->
          transfer(Op.WRITE, false, false, 1);
      case AtaCommand.WRITE_SECTORS_EXT -> transfer(Op.WRITE, false, true, 1);
      case AtaCommand.WRITE_MULTIPLE -> transfer(Op.WRITE, false, false, multiple);
      case AtaCommand.WRITE_MULTIPLE_EXT -> transfer(Op.WRITE, false, true, multiple);
      case AtaCommand.WRITE_DMA, AtaCommand.WRITE_DMA_NO_RETRY ->
          transfer(Op.WRITE, true, false, 1);
      case AtaCommand.WRITE_DMA_EXT -> transfer(Op.WRITE, true, true, 1);
      case AtaCommand.READ_VERIFY, AtaCommand.READ_VERIFY_NO_RETRY ->
          transfer(Op.VERIFY, false, false, 1);
      case AtaCommand.READ_VERIFY_EXT -> transfer(Op.VERIFY, false, true, 1);
      case AtaCommand.DATA_SET_MANAGEMENT -> dataSetManagement();
      case AtaCommand.FLUSH_CACHE, AtaCommand.FLUSH_CACHE_EXT -> flush();
      case AtaCommand.IDENTIFY_DEVICE -> reply(this::identify);
      case AtaCommand.SMART -> smart();
      default -> executeWithoutData(command);
    }
  }

  private void executeWithoutData(int command) {
    switch (command) {
      case AtaCommand.SET_FEATURES -> setFeatures();
      case AtaCommand.SET_MULTIPLE_MODE -> setMultiple(regs.sectorCount & 0xff);
      case AtaCommand.INITIALIZE_DEVICE_PARAMETERS -> initializeDeviceParameters();
      case AtaCommand.READ_NATIVE_MAX -> {
        regs.address28(Math.min(capacity() - 1, MAX_LBA28), heads, sectorsPerTrack);
        succeed(true);
      }
      case AtaCommand.READ_NATIVE_MAX_EXT -> {
        regs.address48(capacity() - 1);
        succeed(true);
      }
      case AtaCommand.SEEK -> seek();
      case AtaCommand.CHECK_POWER_MODE, AtaCommand.CHECK_POWER_MODE_OLD -> {
        regs.sectorCount = ACTIVE_OR_IDLE;
        succeed(true);
      }
      case AtaCommand.STANDBY,
          AtaCommand.STANDBY_OLD,
          AtaCommand.STANDBY_IMMEDIATE,
          AtaCommand.STANDBY_IMMEDIATE_OLD,
          AtaCommand.IDLE,
          AtaCommand.IDLE_OLD,
          AtaCommand.IDLE_IMMEDIATE,
          AtaCommand.IDLE_IMMEDIATE_OLD,
          AtaCommand.SLEEP,
          AtaCommand.SLEEP_OLD ->
          succeed(true);
      default -> {
        if ((command & 0xf0) == AtaCommand.RECALIBRATE) { // the low bits gave the step rate once
          succeed(true);
        } else {
          abort(); // NOP too: it always aborts
        }
      }
    }
  }

  private void transfer(Op what, boolean byDma, boolean wide, int sectorsPerBlock) {
    if (sectorsPerBlock == 0) {
      abort(); // multiple mode is disabled
      return;
    }
    int count = wide ? regs.count48() : regs.count28();
    long first = wide ? regs.lba48() : regs.lba28(heads, sectorsPerTrack);
    begin(what, byDma, wide, first, count);
    if (first < 0 || first + count > capacity()) {
      fail(Err.IDNF);
      return;
    }
    block = sectorsPerBlock;
    nextRun(true);
  }

  private void begin(Op what, boolean byDma, boolean wide, long first, int count) {
    op = what;
    dma = byDma;
    ext = wide;
    lba = first;
    sectors = count;
    block = 1;
  }

  private void seek() {
    long target = regs.lba28(heads, sectorsPerTrack);
    if (target < 0 || target >= capacity()) {
      fail(Err.IDNF);
    } else {
      succeed(true);
    }
  }

  private void flush() {
    op = Op.FLUSH;
    busyWithHost();
    io.flush(backend);
  }

  private void dataSetManagement() {
    if ((regs.features & 0xff) != DSM_TRIM) {
      abort();
      return;
    }
    // Up to 256 pages of ranges: as with QEMU the count's high half is not looked at.
    begin(Op.TRIM, true, true, 0, regs.count28());
    nextRun(true);
  }

  /** Answers with a page of one sector. */
  private void reply(Runnable page) {
    page.run();
    op = Op.REPLY;
    run = 1;
    pioIn(0, SECTOR);
  }

  private void setMultiple(int count) {
    if (count > MAX_MULTIPLE || Integer.bitCount(count) > 1) {
      abort();
    } else {
      multiple = count;
      succeed(true);
    }
  }

  private void initializeDeviceParameters() {
    int newSectors = regs.sectorCount & 0xff;
    if (newSectors == 0) {
      abort();
      return;
    }
    heads = (regs.device & AtaRegister.Device.HEAD) + 1;
    sectorsPerTrack = newSectors;
    succeed(true);
  }

  private void setFeatures() {
    switch (regs.features & 0xff) {
      case 0x02 -> writeCache = true;
      case 0x82 -> { // what the cache holds becomes durable first
        writeCache = false;
        flush();
        return;
      }
      case 0x03 -> {
        int mode = regs.sectorCount & 0xff;
        if (!TransferMode.supported(mode)) {
          abort();
          return;
        }
        transferMode = TransferMode.after(transferMode, mode);
      }
      // Read look-ahead, power management, acoustics, defaults after reset: nothing to do.
      case 0xaa, 0x55, 0x05, 0x85, 0x42, 0xc2, 0x66, 0xcc -> {}
      default -> {
        abort();
        return;
      }
    }
    succeed(true);
  }

  private void smart() {
    int key = (regs.lbaHigh & 0xff) << 8 | regs.lbaMid & 0xff;
    int subcommand = regs.features & 0xff;
    if (key != Smart.KEY || !smart && subcommand != Smart.ENABLE) {
      abort();
      return;
    }
    switch (subcommand) {
      case Smart.READ_DATA -> reply(() -> Smart.data(buffer, autosave));
      case Smart.READ_THRESHOLDS -> reply(() -> Smart.thresholds(buffer));
      case Smart.READ_LOG -> {
        if (Smart.log(buffer, regs.lbaLow & 0xff)) {
          reply(() -> {});
        } else {
          abort();
        }
      }
      case Smart.ENABLE, Smart.DISABLE -> {
        smart = subcommand == Smart.ENABLE;
        succeed(true);
      }
      case Smart.ATTRIBUTE_AUTOSAVE, Smart.AUTO_OFFLINE -> {
        if (subcommand == Smart.ATTRIBUTE_AUTOSAVE) {
          autosave = (regs.sectorCount & 0xff) != 0;
        }
        succeed(true);
      }
      // Healthy: LBA mid and high stay as they are. A self-test passes at once.
      case Smart.SAVE_ATTRIBUTES, Smart.EXECUTE_OFFLINE, Smart.RETURN_STATUS -> succeed(true);
      default -> abort();
    }
  }

  // The course of a transfer

  /** Takes on as much of what is to go as the buffer holds. */
  private void nextRun(boolean first) {
    run = Math.min(sectors, RUN);
    switch (op) {
      case READ, VERIFY -> {
        if (dma) {
          dmaRun();
        } else {
          busyWithHost();
          io.read(backend, lba * SECTOR, 0, run * SECTOR);
        }
      }
      case WRITE, TRIM -> {
        if (dma) {
          dmaRun();
        } else {
          pioOut(0, Math.min(block, run) * SECTOR, first);
        }
      }
      case NONE, REPLY, FLUSH -> throw new AssertionError(op + " has no runs");
    }
  }

  private void dmaRun() {
    switch (op) {
      case READ -> dmaFromHost(backend, lba * SECTOR, run * SECTOR);
      case WRITE -> dmaToHost(backend, lba * SECTOR, run * SECTOR);
      case TRIM -> dmaOut(run * SECTOR);
      case NONE, REPLY, VERIFY, FLUSH -> throw new AssertionError(op + " has no DMA");
    }
  }

  @Override
  void dataDone() {
    switch (op) {
      case REPLY -> succeed(false);
      case READ -> {
        if (dma) {
          runDone();
        } else if (blockEnd() < run * SECTOR) {
          pioIn(blockEnd(), Math.min(block * SECTOR, run * SECTOR - blockEnd()));
        } else {
          runDone();
        }
      }
      case WRITE -> {
        if (!dma && blockEnd() < run * SECTOR) {
          pioOut(blockEnd(), Math.min(block * SECTOR, run * SECTOR - blockEnd()), false);
        } else {
          busyWithHost();
          io.write(backend, lba * SECTOR, run * SECTOR);
        }
      }
      case TRIM -> {
        busyWithHost();
        range = 0;
        trim();
      }
      case NONE, VERIFY, FLUSH -> throw new AssertionError(op + " has no data");
    }
  }

  @Override
  void hostDone(BlockError cause) {
    if (cause != null) {
      failed(cause);
      return;
    }
    switch (op) {
      case READ -> {
        if (dma) {
          dmaIn(run * SECTOR);
        } else {
          pioIn(0, Math.min(block, run) * SECTOR);
        }
      }
      case WRITE, VERIFY -> runDone();
      case FLUSH -> succeedDma();
      case TRIM -> trim();
      case NONE, REPLY -> throw new AssertionError(op + " does not ask the host");
    }
  }

  private void runDone() {
    sectors -= run;
    if (op != Op.TRIM) {
      lba += run;
      showProgress();
    }
    if (sectors > 0) {
      nextRun(false);
    } else if (op == Op.WRITE && !writeCache) {
      flush();
    } else if (op == Op.READ && !dma) {
      succeed(false); // the last block's interrupt was the command's last one
    } else {
      succeedDma();
    }
  }

  private void failed(BlockError cause) {
    if (op != Op.TRIM && op != Op.FLUSH) {
      showProgress();
    }
    boolean reading = op == Op.READ || op == Op.VERIFY;
    fail(
        switch (cause) {
          case OUT_OF_RANGE -> Err.IDNF;
          case IO -> reading ? Err.UNC : Err.ABRT;
          case NO_SPACE, READ_ONLY -> Err.ABRT;
        });
  }

  /** Where the command has got to, and how many sectors are left (ATA-1, Sector Count register). */
  private void showProgress() {
    regs.sectorCount = sectors & 0xffff;
    if (ext) {
      regs.address48(lba);
    } else {
      regs.address28(lba, heads, sectorsPerTrack);
    }
  }

  /**
   * Discards the buffer's next range, or goes on when there is none; an empty one means nothing.
   */
  private void trim() {
    while (range < run * SECTOR) {
      long entry = buffer.getLong(range);
      range += Long.BYTES;
      long first = entry & 0xffff_ffff_ffffL;
      long count = entry >>> 48;
      if (count > 0) {
        if (first + count > capacity()) {
          abort();
        } else {
          io.discard(backend, first * SECTOR, count * SECTOR);
        }
        return;
      }
    }
    runDone();
  }

  private void identify() {
    int cylinders = cylinders(HEADS, SECTORS_PER_TRACK);
    int current = cylinders(heads, sectorsPerTrack);
    int enabled = (smart ? IdentifyPage.SMART : 0) | (writeCache ? IdentifyPage.WRITE_CACHE : 0);
    new IdentifyPage(buffer)
        .names(identity)
        .word(0, 0x0040) // not removable
        .word(1, cylinders)
        .word(3, HEADS)
        .word(4, SECTOR * SECTORS_PER_TRACK)
        .word(5, SECTOR)
        .word(6, SECTORS_PER_TRACK)
        .word(20, 3) // a buffer that reads ahead, 256 KiB; vendor bytes of READ LONG
        .word(21, 512)
        .word(22, 4)
        .word(47, 0x8000 | MAX_MULTIPLE)
        .word(48, 1) // 32-bit data port
        .word(49, 0x0b00) // LBA, DMA, IORDY
        .word(51, 0x0200) // PIO mode 2, DMA mode 2
        .word(52, 0x0200)
        .word(53, 7) // words 54-58, 64-70 and 88 are valid
        .word(54, current)
        .word(55, heads)
        .word(56, sectorsPerTrack)
        .words(57, 2, (long) current * heads * sectorsPerTrack)
        .word(59, multiple == 0 ? 0 : 0x100 | multiple)
        .words(60, 2, Math.min(capacity(), MAX_LBA28))
        .word(62, 7) // single word DMA modes
        .word(63, TransferMode.multiword(transferMode))
        .word(64, 3) // PIO modes 3 and 4; then cycle times of 120 ns
        .words(65, 4, 0x0078_0078_0078_0078L)
        .word(69, 0x4000) // reads after TRIM are deterministic
        .word(80, 0xf0) // ATA/ATAPI-4 to 7
        .word(81, 0x16)
        .word(82, 1 << 14 | IdentifyPage.WRITE_CACHE | IdentifyPage.SMART) // NOP
        .word(83, 0x7400) // FLUSH CACHE, FLUSH CACHE EXT, 48-bit addresses
        .word(84, 0x4000)
        .word(85, 1 << 14 | enabled)
        .word(86, 0x3400)
        .word(87, 0x4000)
        .word(88, TransferMode.ultra(transferMode))
        .word(93, 0x6001) // passed diagnostics, 80-conductor cable
        .words(100, 4, capacity())
        .word(106, 0x6000) // logical sectors are physical ones
        .word(169, 1); // TRIM
  }

  private int cylinders(int perCylinder, int perTrack) {
    long all = capacity() / ((long) perCylinder * perTrack);
    return (int) Math.max(2, Math.min(all, MAX_CYLINDERS));
  }

  // Snapshots

  @Override
  public State save() {
    synchronized (monitor()) {
      return new State(
          VERSION,
          saveDrive(run * SECTOR),
          heads,
          sectorsPerTrack,
          multiple,
          transferMode,
          writeCache,
          smart,
          autosave,
          op.name(),
          dma,
          ext,
          lba,
          sectors,
          block,
          run,
          range);
    }
  }

  @Override
  public void restore(State state) {
    StateCheck check = new StateCheck("ide disk");
    check.version(VERSION, state.version);
    check(check, state.drive, check.constant(Op.class, "op", state.op).phases);
    check.that(state.heads >= 1 && state.heads <= 16, "heads", state.heads);
    boolean track = state.sectorsPerTrack >= 1 && state.sectorsPerTrack <= 255;
    check.that(track, "sectorsPerTrack", state.sectorsPerTrack);
    boolean power = Integer.bitCount(state.multiple) <= 1;
    check.that(power && state.multiple <= MAX_MULTIPLE, "multiple", state.multiple);
    check.bits("transferMode", state.transferMode, 0xff);
    check.that(state.run >= 0 && state.run <= RUN, "run", state.run);
    check.that(state.sectors >= 0 && state.sectors <= 0x1_0000, "sectors", state.sectors);
    check.that(state.block >= 1 && state.block <= MAX_MULTIPLE, "block", state.block);
    check.that(state.range >= 0 && state.range <= CAPACITY, "range", state.range);
    check.that(state.lba >= -1 && state.lba < 1L << 49, "lba", state.lba);
    synchronized (monitor()) {
      take(state);
    }
  }

  private void take(State state) {
    restoreDrive(state.drive);
    heads = state.heads;
    sectorsPerTrack = state.sectorsPerTrack;
    multiple = state.multiple;
    transferMode = state.transferMode;
    writeCache = state.writeCache;
    smart = state.smart;
    autosave = state.autosave;
    op = Op.valueOf(state.op);
    dma = state.dma;
    ext = state.ext;
    lba = state.lba;
    sectors = state.sectors;
    block = state.block;
    run = state.run;
    range = state.range;
    if (passesBuffer()) {
      io.restore(backend, state.drive.io());
    } else {
      dmaRun();
    }
  }
}
