package org.jvmm.devices.fdc;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.dma.DmaChannel;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.HostIo;
import org.jvmm.devices.fdc.FdcBits.St0;
import org.jvmm.devices.fdc.FdcBits.St1;
import org.jvmm.devices.fdc.FdcBits.St2;

/**
 * The execution phase of a command with data. It goes by runs: sectors that follow each other on a
 * track pass between guest and buffer, by DMA or byte by byte, and between buffer and host, in one
 * request. The host has one request of ours at a time; what a reset left there is waited for.
 */
final class SectorTransfer {
  private static final int CAPACITY = FloppyFormat.MAX_SECTORS * FloppyFormat.SECTOR;

  /** Bytes of a sector's ID in FORMAT TRACK's data. */
  private static final int ID = 4;

  /** What is done with sectors. */
  enum Op {
    READ,
    READ_DELETED,
    WRITE,
    VERIFY,
    FORMAT
  }

  private enum Step {
    IDLE,
    TO_GUEST,
    FROM_GUEST,
    HOST,
    /** The host has our data and makes it durable: a floppy disk has no cache. */
    FLUSH
  }

  /**
   * An order.
   *
   * @param drive number of the drive
   * @param multitrack whether the second head goes on where the first ends
   * @param dma whether data passes by DMA
   * @param cylinder where the head is
   * @param last EOT, the last sector of a track; of FORMAT TRACK the number of sectors
   * @param count sectors to verify, of VERIFY with EC; else unbounded
   * @param filler of FORMAT TRACK
   */
  record Order(
      Op op,
      int drive,
      boolean multitrack,
      boolean dma,
      int cylinder,
      int head,
      int sector,
      int last,
      int count,
      int filler) {}

  record State(
      String step,
      String op,
      int drive,
      boolean multitrack,
      boolean dma,
      int cylinder,
      int head,
      int sector,
      int last,
      int left,
      int filler,
      int at,
      int end,
      boolean terminated,
      boolean deferred,
      HostIo.State io,
      String data) {}

  // Glue
  private final Fdc82077 fdc;
  private final DmaChannel channel;

  // Volatile state
  private byte[] buffer;
  private HostIo io;
  private Step step = Step.IDLE;
  private Op op = Op.READ;
  private int drive;
  private boolean multitrack, dma;
  private int cylinder, head, sector, last, left, filler;

  /** The part of the buffer that passes in this run. */
  private int at, end;

  /** TC came. */
  private boolean terminated;

  /** The run begins when the host is done with a request that a reset left with it. */
  private boolean deferred;

  SectorTransfer(Fdc82077 fdc, DmaChannel channel) {
    this.fdc = fdc;
    this.channel = channel;
    takeBuffer();
  }

  private void takeBuffer() {
    buffer = new byte[CAPACITY];
    io = new HostIo(new Owner(), ByteBuffer.wrap(buffer));
  }

  private final class Owner implements HostIo.Owner {
    @Override
    public Object monitor() {
      return fdc;
    }

    @Override
    public boolean stops(BlockRequest.Kind kind, BlockError error) {
      return fdc.drive(drive).policy().stops(kind, error);
    }

    @Override
    public DriveEvents events() {
      return fdc.drive(drive).events();
    }

    @Override
    public void ioDone(HostIo done, BlockError error) {
      if (done == io && !fdc.isOff()) { // else of a state or a machine that is gone
        hostDone(error);
      }
    }

    @Override
    public void again(HostIo failed) {
      throw new AssertionError("all of a floppy's data passes the buffer");
    }
  }

  // What the controller calls

  void start(Order order) {
    op = order.op;
    drive = order.drive;
    multitrack = order.multitrack;
    dma = order.dma;
    cylinder = order.cylinder;
    head = order.head;
    sector = order.sector;
    last = order.last;
    left = order.count;
    filler = order.filler;
    terminated = false;
    beginRun();
  }

  /** Forgets the command; a request that the host has runs to its end there. */
  void abandon() {
    step = Step.IDLE;
    deferred = false;
    channel.request(false);
  }

  /** The disk of a drive is gone. */
  void ejected(int number) {
    if (step != Step.IDLE && number == drive) {
      fail(St1.MISSING_ADDRESS_MARK, 0);
    }
  }

  /** Whether the FIFO has a byte for the guest. */
  boolean offers() {
    return step == Step.TO_GUEST && !dma;
  }

  /** Whether the FIFO takes a byte of the guest. */
  boolean wants() {
    return step == Step.FROM_GUEST && !dma;
  }

  int readByte() {
    int value = buffer[at++] & 0xFF;
    if (at == end) {
      passed();
    }
    return value;
  }

  void writeByte(int value) {
    buffer[at++] = (byte) value;
    if (at == end) {
      passed();
    }
  }

  /** Moves data if the DMA controller lets us, as far as it lets us. */
  void runDma() {
    boolean toGuest = step == Step.TO_GUEST;
    if (!dma || !toGuest && step != Step.FROM_GUEST) {
      return;
    }
    int moved = 1;
    while (at < end && !terminated && moved > 0) {
      moved =
          toGuest
              ? channel.toMemory(buffer, at, end - at)
              : channel.fromMemory(buffer, at, end - at);
      at += moved;
      terminated = moved > 0 && channel.terminalCount();
    }
    if (at == end || terminated) {
      passed();
    }
  }

  // The course

  private FloppyDrive unit() {
    return fdc.drive(drive);
  }

  private void beginRun() {
    deferred = io.pending();
    if (deferred) {
      step = Step.HOST;
      return;
    }
    if (op == Op.FORMAT) {
      pass(Step.FROM_GUEST, last * ID);
      return;
    }
    int sectors = unit().format().sectors();
    if (sector < 1 || sector > sectors || !unit().format().has(cylinder, head)) {
      fail(St1.NO_DATA, 0);
      return;
    }
    int until = last >= sector ? Math.min(last, sectors) : sectors;
    int run = Math.min(until - sector + 1, left);
    if (op == Op.READ_DELETED) {
      run = 1; // all sectors have the other mark, which ends the command
    }
    end = run * FloppyFormat.SECTOR;
    if (op == Op.WRITE) {
      pass(Step.FROM_GUEST, end);
    } else {
      read();
    }
  }

  private long offset() {
    return unit().format().offset(cylinder, head, op == Op.FORMAT ? 1 : sector);
  }

  /** Reads a run; what the image lacks of it is zeroes. */
  private void read() {
    step = Step.HOST;
    Arrays.fill(buffer, 0, end, (byte) 0);
    long there = Math.max(0, Math.min(end, unit().medium().size() - offset()));
    if (there == 0) {
      filled();
    } else {
      io.read(unit().medium(), offset(), 0, (int) there);
    }
  }

  private void pass(Step direction, int length) {
    step = direction;
    at = 0;
    end = length;
    channel.request(dma);
    runDma();
  }

  /** A run's data has passed between guest and buffer, or TC ended it. */
  private void passed() {
    boolean fromGuest = step == Step.FROM_GUEST;
    step = Step.HOST;
    channel.request(false);
    if (!fromGuest) {
      advance(sectorsPassed());
    } else if (op == Op.FORMAT) {
      format();
    } else {
      // the rest of a sector that TC cut off is zeroes (82077AA, WRITE DATA)
      int whole = sectorsPassed() * FloppyFormat.SECTOR;
      Arrays.fill(buffer, at, whole, (byte) 0);
      at = whole;
      io.write(unit().medium(), offset(), whole);
    }
  }

  private int sectorsPassed() {
    return (at + FloppyFormat.SECTOR - 1) / FloppyFormat.SECTOR;
  }

  /** An image keeps its format: a track is formatted as it was, or not at all. */
  private void format() {
    if (last != unit().format().sectors()) {
      fault();
      return;
    }
    at = last * FloppyFormat.SECTOR;
    Arrays.fill(buffer, 0, at, (byte) filler);
    io.write(unit().medium(), offset(), at);
  }

  private void hostDone(BlockError error) {
    if (deferred) {
      beginRun();
    } else if (step == Step.FLUSH) {
      written(error);
    } else if (step == Step.HOST) {
      boolean writes = op == Op.WRITE || op == Op.FORMAT;
      if (error != null && writes) {
        fault();
      } else if (error != null) {
        fail(St1.DATA_ERROR, St2.DATA_ERROR_IN_DATA);
      } else if (writes) {
        step = Step.FLUSH;
        io.flush(unit().medium());
      } else {
        filled();
      }
    }
    fdc.driveLine();
  }

  private void filled() {
    if (op == Op.VERIFY) {
      at = end;
      advance(sectorsPassed());
    } else {
      pass(Step.TO_GUEST, end);
    }
  }

  private void written(BlockError error) {
    if (error != null) {
      fault();
    } else if (op == Op.FORMAT) {
      finish(0, 0, 0);
    } else {
      advance(sectorsPassed());
    }
  }

  /** Goes on behind the sectors that have been done (82077AA, READ DATA, result phase table). */
  private void advance(int done) {
    boolean reachesEnd = sector <= last && sector + done > last;
    sector += done;
    left -= done;
    boolean goesOn = !reachesEnd || multitrack && head == 0;
    if (reachesEnd) {
      sector = 1;
      cylinder += multitrack && head == 0 ? 0 : 1;
      head ^= multitrack ? 1 : 0;
    }
    if (op == Op.READ_DELETED) {
      finish(0, 0, St2.CONTROL_MARK);
    } else if (terminated || left == 0 || op == Op.VERIFY && !goesOn) {
      finish(0, 0, 0);
    } else if (goesOn) {
      beginRun();
    } else {
      fail(St1.END_OF_CYLINDER, 0);
    }
  }

  private void fail(int st1, int st2) {
    finish(St0.ABNORMAL, st1, st2);
  }

  private void fault() {
    finish(St0.ABNORMAL | St0.EQUIPMENT_CHECK, 0, 0);
  }

  private void finish(int st0, int st1, int st2) {
    abandon();
    fdc.transferred(st0, st1, st2, cylinder, head, sector);
  }

  // Snapshot

  static boolean idle(State state) {
    return state.step.equals(Step.IDLE.name());
  }

  State save() {
    boolean asked = !deferred && (step == Step.HOST || step == Step.FLUSH);
    boolean passing = step == Step.TO_GUEST || step == Step.FROM_GUEST;
    boolean needed = passing || asked && io.needsBuffer();
    String data = needed ? Base64.getEncoder().encodeToString(buffer) : "";
    return new State(
        step.name(),
        op.name(),
        drive,
        multitrack,
        dma,
        cylinder,
        head,
        sector,
        last,
        left,
        filler,
        at,
        end,
        terminated,
        deferred,
        asked ? io.save() : HostIo.State.IDLE,
        data);
  }

  static void check(StateCheck check, State state) {
    Step step = check.constant(Step.class, "step", state.step);
    Op op = check.constant(Op.class, "op", state.op);
    int granularity = op == Op.FORMAT ? ID : FloppyFormat.SECTOR;
    check.that(state.end % granularity == 0 && state.left >= 0, "end", state.end);
    check.bits("drive", state.drive, FdcBits.Select.DRIVE);
    check.bits("cylinder", state.cylinder, 0x1FF);
    check.bits("head", state.head, 1);
    check.bits("sector", state.sector, 0xFF);
    check.bits("last", state.last, 0xFF);
    check.bits("filler", state.filler, 0xFF);
    boolean inside = 0 <= state.at && state.at <= state.end && state.end <= CAPACITY;
    boolean passing = step == Step.TO_GUEST || step == Step.FROM_GUEST;
    check.that(inside && !(passing && state.at == state.end), "at", state.at + ".." + state.end);
    HostIo.check(check, state.io, CAPACITY);
    byte[] data = {};
    try {
      data = Base64.getDecoder().decode(state.data);
    } catch (IllegalArgumentException e) {
      check.that(false, "data", e.getMessage());
    }
    check.that(data.length == 0 || data.length == CAPACITY, "data length", data.length);
  }

  void restore(State state) {
    if (io.pending()) { // the host still has the buffer
      takeBuffer();
    }
    step = Step.valueOf(state.step);
    op = Op.valueOf(state.op);
    drive = state.drive;
    multitrack = state.multitrack;
    dma = state.dma;
    cylinder = state.cylinder;
    head = state.head;
    sector = state.sector;
    last = state.last;
    left = state.left;
    filler = state.filler;
    at = state.at;
    end = state.end;
    terminated = state.terminated;
    deferred = state.deferred;
    byte[] data = Base64.getDecoder().decode(state.data);
    System.arraycopy(data, 0, buffer, 0, data.length);
    if (unit() == null || unit().medium() == null) {
      ejected(drive);
    } else if (deferred) {
      beginRun();
    } else {
      io.restore(unit().medium(), state.io);
      channel.request(dma && (step == Step.TO_GUEST || step == Step.FROM_GUEST));
    }
  }
}
