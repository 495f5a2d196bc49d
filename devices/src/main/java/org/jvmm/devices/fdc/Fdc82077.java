package org.jvmm.devices.fdc;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.devices.dma.DmaChannel;
import org.jvmm.devices.fdc.FdcBits.Config;
import org.jvmm.devices.fdc.FdcBits.Dir;
import org.jvmm.devices.fdc.FdcBits.Dor;
import org.jvmm.devices.fdc.FdcBits.Dsr;
import org.jvmm.devices.fdc.FdcBits.Msr;
import org.jvmm.devices.fdc.FdcBits.Perpendicular;
import org.jvmm.devices.fdc.FdcBits.Select;
import org.jvmm.devices.fdc.FdcBits.Sra;
import org.jvmm.devices.fdc.FdcBits.Srb;
import org.jvmm.devices.fdc.FdcBits.St0;
import org.jvmm.devices.fdc.FdcBits.St1;
import org.jvmm.devices.fdc.FdcBits.St3;
import org.jvmm.devices.fdc.SectorTransfer.Op;

/**
 * The 82077AA's registers, command phase and result phase. Six ports, and {@link #dirPort()} for
 * DIR and CCR, which are apart since the port between belongs to the hard disk.
 */
public final class Fdc82077 implements PortDevice, Resettable, Snapshotable<Fdc82077.State> {
  /** Ports from SRA to the FIFO; byte wide. */
  public static final int PORTS = 6;

  /** The one port of DIR and CCR; byte wide. */
  public static final int DIR_PORTS = 1;

  /** Drives that the chip can select. */
  public static final int DRIVES = 4;

  private static final int SRA = 0, SRB = 1, DOR = 2, TDR = 3, MSR_DSR = 4, FIFO = 5;
  private static final int VERSION = 1;

  /** What VERSION answers: an enhanced controller. */
  private static final int ENHANCED = 0x90;

  /** Longest command and longest result (DUMPREG), in bytes. */
  private static final int MAX_COMMAND = 9, MAX_RESULT = 10;

  /** No seek has ended on a drive. */
  private static final int NO_SEEK = -1;

  private enum Phase {
    COMMAND,
    EXECUTION,
    RESULT
  }

  // Configuration
  private final FloppyDrive[] drives = new FloppyDrive[DRIVES];

  // Glue
  private final IrqLine irq;
  private final SectorTransfer transfer;
  private final PortDevice dir = new DirPort();

  // Volatile state
  private int dor, tdr, rate;
  private Phase phase = Phase.COMMAND;
  private final int[] command = new int[MAX_COMMAND];
  private int taken;
  private final int[] result = new int[MAX_RESULT];
  private int given, length;

  /** SPECIFY's two bytes; CONFIGURE's second and third one; PERPENDICULAR MODE's byte. */
  private int rates, loadAndMode, config, precompensation, perpendicular;

  private boolean lock;

  /** The last command's EOT or number of sectors, for DUMPREG. */
  private int lastEot;

  /** Interrupts: by a result, and by the drives' state after a reset. */
  private boolean resultInterrupt, resetInterrupt;

  /** ST0 of a seek that has ended on each drive, or {@link #NO_SEEK}. */
  private final int[] seekEnds = new int[DRIVES];

  /** SENSE INTERRUPT STATUS commands that tell of the last reset. */
  private int resetSenses;

  /** The command under way moved the head by itself. */
  private boolean impliedSeek;

  private boolean off;

  /** All of the chip, and of the drives that are there, in the order of their numbers. */
  public record State(
      int version,
      int dor,
      int tdr,
      int rate,
      String phase,
      List<Integer> command,
      List<Integer> result,
      int given,
      int rates,
      int loadAndMode,
      int config,
      int precompensation,
      int perpendicular,
      boolean lock,
      int lastEot,
      boolean resultInterrupt,
      boolean resetInterrupt,
      List<Integer> seekEnds,
      int resetSenses,
      boolean impliedSeek,
      List<FloppyDrive.State> drives,
      SectorTransfer.State transfer) {
    public State {
      command = List.copyOf(command);
      result = List.copyOf(result);
      seekEnds = List.copyOf(seekEnds);
      drives = List.copyOf(drives);
    }
  }

  /**
   * A controller after reset.
   *
   * @param irq INT
   * @param dma DRQ, DACK and TC
   * @param drives up to {@link #DRIVES}; null where there is none
   */
  public Fdc82077(IrqLine irq, DmaChannel dma, FloppyDrive... drives) {
    this.irq = irq;
    System.arraycopy(drives, 0, this.drives, 0, drives.length);
    this.transfer = new SectorTransfer(this, dma);
    dma.onReady(this::dmaReady);
    reset();
  }

  /** DIR when read, CCR when written. */
  public PortDevice dirPort() {
    return dir;
  }

  /**
   * Puts a disk into a drive, in place of any other; null takes it out. What is under way with the
   * old one fails in the guest.
   *
   * @throws IllegalArgumentException if there is no such drive, or no floppy is that large
   */
  public synchronized void insert(int number, BlockBackend medium) {
    if (number < 0 || number >= DRIVES || drives[number] == null) {
      throw new IllegalArgumentException("floppy drive " + number);
    }
    transfer.ejected(number);
    drives[number].insert(medium);
    driveLine();
  }

  /** Whether a drive has no disk in it. */
  public synchronized boolean isEmpty(int number) {
    return drives[number].medium() == null;
  }

  /** Cuts the drives off from the host: nothing reaches the guest's memory any more. */
  public synchronized void powerOff() {
    off = true;
  }

  boolean isOff() {
    return off;
  }

  FloppyDrive drive(int number) {
    return drives[number];
  }

  @Override
  public synchronized void reset() {
    dor = 0;
    tdr = 0;
    rate = FloppyFormat.Rate.KBPS_250;
    rates = loadAndMode = perpendicular = lastEot = 0;
    config = 0;
    lock = false;
    clear();
    driveLine();
  }

  /** What every reset does. */
  private void clear() {
    if (!lock) {
      config = config & (Config.IMPLIED_SEEK | Config.NO_POLLING) | Config.FIFO_OFF;
      precompensation = 0;
    }
    perpendicular &= ~Perpendicular.MODE;
    for (FloppyDrive drive : drives) {
      if (drive != null) {
        drive.home();
      }
    }
    transfer.abandon();
    phase = Phase.COMMAND;
    taken = given = length = 0;
    resultInterrupt = resetInterrupt = false;
    Arrays.fill(seekEnds, NO_SEEK);
    resetSenses = 0;
  }

  /** The end of a reset by software: polling finds that the drives' state has changed. */
  private void leaveReset() {
    clear();
    if ((config & Config.NO_POLLING) == 0) {
      resetSenses = DRIVES;
      resetInterrupt = true;
    }
  }

  // Registers

  @Override
  public int read(int offset, int size) {
    return switch (offset) {
      case SRA -> statusA();
      case SRB -> Srb.ONES | (dor & 1) << Srb.DRIVE_SHIFT | dor >> Dor.MOTOR_SHIFT & 3;
      case DOR -> dor;
      case TDR -> tdr;
      case MSR_DSR -> mainStatus();
      default -> readFifo();
    };
  }

  /** Step, direction and head select are seen inactive. */
  private int statusA() {
    FloppyDrive drive = drives[dor & Dor.DRIVE];
    boolean track0 = drive != null && drive.cylinder() == 0;
    boolean writeProtected = drive != null && drive.writeProtected();
    return (interrupts() ? Sra.INT_PENDING : 0)
        | (drives[1] == null ? Sra.NO_DRIVE_2 : 0)
        | (track0 ? 0 : Sra.NOT_TRACK_0)
        | Sra.NO_INDEX
        | (writeProtected ? 0 : Sra.NOT_PROTECTED);
  }

  private int mainStatus() {
    if (inReset()) {
      return 0;
    }
    return switch (phase) {
      case COMMAND -> Msr.RQM | (taken > 0 ? Msr.CMD_BSY : 0);
      case EXECUTION -> {
        int port = transfer.offers() ? Msr.RQM | Msr.DIO : transfer.wants() ? Msr.RQM : 0;
        yield Msr.CMD_BSY | port | (dma() ? 0 : Msr.NON_DMA);
      }
      case RESULT -> Msr.RQM | Msr.DIO | Msr.CMD_BSY;
    };
  }

  private boolean inReset() {
    return (dor & Dor.NOT_RESET) == 0;
  }

  /** SPECIFY's ND bit is the lowest of its second byte. */
  private boolean dma() {
    return (loadAndMode & 1) == 0;
  }

  @Override
  public void write(int offset, int size, int value) {
    switch (offset) {
      case DOR -> writeDor(value);
      case TDR -> tdr = value & 3;
      case MSR_DSR -> {
        rate = value & Dsr.RATE;
        if ((value & Dsr.SW_RESET) != 0 && !inReset()) {
          leaveReset();
        }
      }
      case FIFO -> {
        if (!inReset()) {
          writeFifo(value);
        }
      }
      default -> {} // SRA and SRB are read-only
    }
    driveLine();
  }

  private void writeDor(int value) {
    boolean wasInReset = inReset();
    dor = value;
    if (inReset()) {
      clear();
    } else if (wasInReset) {
      leaveReset();
    }
  }

  private final class DirPort implements PortDevice {
    @Override
    public int read(int offset, int size) {
      synchronized (Fdc82077.this) {
        FloppyDrive drive = drives[dor & Dor.DRIVE];
        return drive != null && drive.changed() ? Dir.DSK_CHG : 0;
      }
    }

    @Override
    public void write(int offset, int size, int value) {
      synchronized (Fdc82077.this) {
        rate = value & Dsr.RATE;
      }
    }
  }

  // Interrupt

  private boolean interrupts() {
    boolean seekEnded = Arrays.stream(seekEnds).anyMatch(st0 -> st0 != NO_SEEK);
    boolean port = transfer.offers() || transfer.wants();
    return resultInterrupt || resetInterrupt || seekEnded || port;
  }

  /** The one place that moves the interrupt line, which DOR gates as it does DRQ. */
  void driveLine() {
    irq.set((dor & Dor.DMA_GATE) != 0 && !inReset() && interrupts());
  }

  private synchronized void dmaReady() {
    if (!off) {
      transfer.runDma();
      driveLine();
    }
  }

  // FIFO

  private int readFifo() {
    int value = 0;
    if (phase == Phase.RESULT && !inReset()) {
      value = result[given++];
      resultInterrupt = false;
      if (given == length) {
        phase = Phase.COMMAND;
      }
    } else if (transfer.offers()) {
      value = transfer.readByte();
    }
    driveLine();
    return value;
  }

  private void writeFifo(int value) {
    if (phase == Phase.COMMAND) {
      command[taken++] = value;
      if (taken > FdcCommand.of(command[0]).parameters) {
        taken = 0;
        phase = Phase.EXECUTION;
        execute(FdcCommand.of(command[0]));
      }
    } else if (transfer.wants()) {
      transfer.writeByte(value);
    }
  }

  private void execute(FdcCommand code) {
    impliedSeek = false;
    switch (code) {
      case READ_DATA -> transferData(Op.READ, false);
      case READ_DELETED_DATA -> readDeleted();
      case READ_TRACK -> transferData(Op.READ, true);
      case WRITE_DATA, WRITE_DELETED_DATA -> transferData(Op.WRITE, false);
      case VERIFY -> transferData(Op.VERIFY, false);
      case FORMAT_TRACK -> formatTrack();
      case READ_ID -> readId();
      case RECALIBRATE -> recalibrate();
      case SEEK -> seek(command[2]);
      case RELATIVE_SEEK -> relativeSeek();
      case SENSE_INTERRUPT_STATUS -> senseInterrupt();
      case SENSE_DRIVE_STATUS -> reply(senseDrive());
      case SPECIFY -> {
        rates = command[1];
        loadAndMode = command[2];
        silent();
      }
      case CONFIGURE -> {
        config = command[2] & Config.ALL;
        precompensation = command[3];
        silent();
      }
      case PERPENDICULAR_MODE -> {
        boolean all = (command[1] & Perpendicular.OVERWRITE) != 0;
        int keeps = all ? 0 : perpendicular & Perpendicular.DRIVES;
        int sets = all ? Perpendicular.DRIVES | Perpendicular.MODE : Perpendicular.MODE;
        perpendicular = keeps | command[1] & sets;
        silent();
      }
      case LOCK -> {
        lock = (command[0] & FdcCommand.LOCK_BIT) != 0;
        reply(lock ? 0x10 : 0);
      }
      case DUMPREG -> dump();
      case VERSION -> reply(ENHANCED);
      case INVALID -> reply(St0.INVALID);
    }
  }

  /** Ends a command that has no result. */
  private void silent() {
    phase = Phase.COMMAND;
  }

  private void reply(int... bytes) {
    System.arraycopy(bytes, 0, result, 0, bytes.length);
    length = bytes.length;
    given = 0;
    phase = Phase.RESULT;
  }

  private int selected() {
    return command[1] & Select.DRIVE;
  }

  private int head() {
    return command[1] >> 2 & 1;
  }

  private int cylinder(int number) {
    return drives[number] == null ? 0 : drives[number].cylinder();
  }

  private void dump() {
    int drivesAndMode = perpendicular | (lock ? 0x80 : 0);
    reply(
        cylinder(0),
        cylinder(1),
        cylinder(2),
        cylinder(3),
        rates,
        loadAndMode,
        lastEot,
        drivesAndMode,
        config,
        precompensation);
  }

  // Commands that move the head

  private void recalibrate() {
    FloppyDrive drive = drives[selected()];
    if (drive == null) { // no drive says that its head has come to track 0
      seekEnded(St0.ABNORMAL | St0.SEEK_END | St0.EQUIPMENT_CHECK);
    } else {
      drive.seek(0);
      seekEnded(St0.SEEK_END);
    }
  }

  private void seek(int target) {
    if (drives[selected()] != null) {
      drives[selected()].seek(target);
    }
    seekEnded(St0.SEEK_END);
  }

  private void relativeSeek() {
    boolean inward = (command[0] & FdcCommand.INWARD) != 0;
    seek(cylinder(selected()) + (inward ? command[2] : -command[2]));
  }

  private void seekEnded(int st0) {
    seekEnds[selected()] = st0 | selected();
    resetSenses = 0;
    resetInterrupt = false;
    silent();
  }

  private void senseInterrupt() {
    for (int i = 0; i < DRIVES; i++) {
      if (seekEnds[i] != NO_SEEK) {
        reply(seekEnds[i], cylinder(i));
        seekEnds[i] = NO_SEEK;
        return;
      }
    }
    if (resetSenses == 0) {
      reply(St0.INVALID);
      return;
    }
    int number = DRIVES - resetSenses;
    resetSenses--;
    resetInterrupt = false;
    reply(St0.READY_CHANGED | number, cylinder(number));
  }

  private int senseDrive() {
    FloppyDrive drive = drives[selected()];
    int select = command[1] & (Select.HEAD | Select.DRIVE);
    if (drive == null) {
      return St3.ONES | select;
    }
    return St3.ONES
        | select
        | (drive.cylinder() == 0 ? St3.TRACK_0 : 0)
        | (drive.writeProtected() ? St3.WRITE_PROTECTED : 0);
  }

  // Commands with data, and READ ID

  private void readId() {
    if (readable()) {
      FloppyDrive drive = drives[selected()];
      transferred(0, 0, 0, drive.cylinder(), head(), drive.nextId());
    } else {
      transferred(St0.ABNORMAL, St1.MISSING_ADDRESS_MARK, 0, cylinder(selected()), head(), 1);
    }
  }

  private boolean readable() {
    FloppyDrive drive = drives[selected()];
    boolean doubleDensity = (command[0] & FdcCommand.MFM) != 0;
    return drive != null && doubleDensity && drive.readable(head(), rate);
  }

  private void fail(int st1) {
    transferred(St0.ABNORMAL, st1, 0, command[2], command[3] & 1, command[4]);
  }

  /** No sector has such a mark: either the first one ends the command, or all are skipped. */
  private void readDeleted() {
    if ((command[0] & FdcCommand.SK) != 0) {
      fail(St1.NO_DATA);
    } else {
      transferData(Op.READ_DELETED, false);
    }
  }

  private void transferData(Op op, boolean track) {
    FloppyDrive drive = drives[selected()];
    boolean moved = drive != null && drive.seek(command[2]);
    impliedSeek = moved && (config & Config.IMPLIED_SEEK) != 0;
    boolean counted = op == Op.VERIFY && (command[1] & 0x80) != 0;
    lastEot = command[6];
    if (!readable()) {
      fail(St1.MISSING_ADDRESS_MARK);
    } else if (command[3] != head() || command[5] != FloppyFormat.SIZE_CODE) {
      fail(St1.NO_DATA);
    } else if (op == Op.WRITE && drive.writeProtected()) {
      fail(St1.NOT_WRITABLE);
    } else {
      transfer.start(
          new SectorTransfer.Order(
              op,
              selected(),
              !track && (command[0] & FdcCommand.MT) != 0,
              dma(),
              command[2],
              head(),
              track ? 1 : command[4],
              command[6],
              counted ? (command[8] - 1 & 0xFF) + 1 : Integer.MAX_VALUE,
              0));
    }
  }

  private void formatTrack() {
    FloppyDrive drive = drives[selected()];
    lastEot = command[3];
    if (!readable() || command[2] != FloppyFormat.SIZE_CODE || command[3] == 0) {
      fail(St1.MISSING_ADDRESS_MARK);
    } else if (drive.writeProtected()) {
      fail(St1.NOT_WRITABLE);
    } else {
      transfer.start(
          new SectorTransfer.Order(
              Op.FORMAT,
              selected(),
              false,
              dma(),
              drive.cylinder(),
              head(),
              1,
              command[3],
              Integer.MAX_VALUE,
              command[5]));
    }
  }

  /** The end of a command whose result is an ID. */
  void transferred(int st0, int st1, int st2, int cylinder, int head, int sector) {
    int seek = impliedSeek ? St0.SEEK_END : 0;
    int where = head << 2 | selected();
    reply(st0 | seek | where, st1, st2, cylinder & 0xFF, head, sector, FloppyFormat.SIZE_CODE);
    irq.set(false); // the last byte's request and the result's are two edges
    resultInterrupt = true;
    driveLine();
  }

  // Snapshots

  @Override
  public synchronized State save() {
    return new State(
        VERSION,
        dor,
        tdr,
        rate,
        phase.name(),
        list(command, phase == Phase.COMMAND ? taken : MAX_COMMAND),
        list(result, phase == Phase.RESULT ? length : 0),
        phase == Phase.RESULT ? given : 0,
        rates,
        loadAndMode,
        config,
        precompensation,
        perpendicular,
        lock,
        lastEot,
        resultInterrupt,
        resetInterrupt,
        list(seekEnds, DRIVES),
        resetSenses,
        impliedSeek,
        Arrays.stream(drives).filter(Objects::nonNull).map(FloppyDrive::save).toList(),
        transfer.save());
  }

  private static List<Integer> list(int[] values, int count) {
    return Arrays.stream(values, 0, count).boxed().toList();
  }

  @Override
  public synchronized void restore(State state) {
    check(state);
    dor = state.dor;
    tdr = state.tdr;
    rate = state.rate;
    phase = Phase.valueOf(state.phase);
    taken = phase == Phase.COMMAND ? state.command.size() : 0;
    IntStream.range(0, state.command.size()).forEach(i -> command[i] = state.command.get(i));
    length = state.result.size();
    IntStream.range(0, length).forEach(i -> result[i] = state.result.get(i));
    given = state.given;
    rates = state.rates;
    loadAndMode = state.loadAndMode;
    config = state.config;
    precompensation = state.precompensation;
    perpendicular = state.perpendicular;
    lock = state.lock;
    lastEot = state.lastEot;
    resultInterrupt = state.resultInterrupt;
    resetInterrupt = state.resetInterrupt;
    Arrays.setAll(seekEnds, state.seekEnds::get);
    resetSenses = state.resetSenses;
    impliedSeek = state.impliedSeek;
    int next = 0;
    for (FloppyDrive drive : drives) {
      if (drive != null) {
        drive.restore(state.drives.get(next++));
      }
    }
    transfer.restore(state.transfer);
    driveLine();
  }

  private void check(State state) {
    StateCheck check = new StateCheck("fdc");
    check.version(VERSION, state.version);
    check.bits("dor", state.dor, 0xFF);
    check.bits("tdr", state.tdr, 3);
    check.bits("rate", state.rate, Dsr.RATE);
    Phase saved = check.constant(Phase.class, "phase", state.phase);
    boolean partial = saved == Phase.COMMAND && state.command.size() < MAX_COMMAND;
    check.that(partial || state.command.size() == MAX_COMMAND, "command", state.command);
    state.command.forEach(value -> check.bits("command", value, 0xFF));
    check.that(state.result.size() <= MAX_RESULT, "result", state.result);
    state.result.forEach(value -> check.bits("result", value, 0xFF));
    boolean someLeft = 0 <= state.given && state.given < state.result.size();
    check.that(someLeft || saved != Phase.RESULT, "given", state.given);
    check.bits("config", state.config, Config.ALL);
    int perpendicularBits = Perpendicular.DRIVES | Perpendicular.MODE;
    check.bits("perpendicular", state.perpendicular, perpendicularBits);
    int registers = state.rates | state.loadAndMode | state.precompensation | state.lastEot;
    check.bits("registers", registers, 0xFF);
    check.that(state.seekEnds.size() == DRIVES, "seekEnds", state.seekEnds);
    state.seekEnds.forEach(st0 -> check.that(st0 >= NO_SEEK && st0 <= 0xFF, "seekEnd", st0));
    check.that(state.resetSenses >= 0 && state.resetSenses <= DRIVES, "senses", state.resetSenses);
    long there = Arrays.stream(drives).filter(Objects::nonNull).count();
    check.that(state.drives.size() == there, "drives", state.drives.size());
    state.drives.forEach(drive -> FloppyDrive.check(check, drive));
    SectorTransfer.check(check, state.transfer);
    check.that(saved == Phase.EXECUTION || SectorTransfer.idle(state.transfer), "phase", saved);
  }
}
