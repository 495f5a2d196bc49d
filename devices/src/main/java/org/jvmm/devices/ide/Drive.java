package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Set;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.core.backend.IoBuffer;
import org.jvmm.core.bus.PortItems;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.mem.ScatterList;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.devices.drive.HostIo;
import org.jvmm.devices.ide.AtaRegister.Err;
import org.jvmm.devices.ide.AtaRegister.Status;

/**
 * What disk and CD-ROM have in common. A command passes data in phases, each a part of the drive's
 * buffer that goes through the data port (a DRQ block) or by DMA; between phases the drive is busy
 * with the host. Everything happens under the channel's monitor.
 */
public abstract class Drive {
  /** Size of the buffer: what one request to the host carries at most. */
  static final int CAPACITY = 1 << 20;

  /** How data passes now. */
  enum Phase {
    NONE,
    PIO_IN,
    PIO_OUT,
    DMA_IN,
    DMA_OUT,
    /** By DMA between the host end and memory, past the buffer. */
    HOST_IN,
    HOST_OUT
  }

  // Glue
  private final DriveEvents events;
  private final ErrorPolicy policy;
  private IdeChannel channel;

  // Volatile state
  final TaskFile regs = new TaskFile();
  ByteBuffer buffer;
  HostIo io;
  private int status;
  private int error;
  private boolean intrq;
  private Phase phase = Phase.NONE;

  /** The part of the buffer that passes in this phase. */
  private int at, end;

  /** HOST_IN, HOST_OUT: where the data is. */
  private BlockBackend host;

  private long hostOffset;

  /** HOST_IN, HOST_OUT: the guest's memory; made when first needed. */
  private ScatterList memory;

  /** A reset waits for the host to finish what the old command asked for. */
  private boolean resetting;

  /**
   * The volatile state that all drives have.
   *
   * @param phase name of a {@code Phase}
   * @param data the buffer from its start, in base 64; empty when nothing there is needed
   */
  record State(
      TaskFile.State regs,
      int status,
      int error,
      boolean intrq,
      String phase,
      int at,
      int end,
      boolean resetting,
      HostIo.State io,
      String data) {}

  /** A drive with a buffer of so many bytes, which is taken off the heap. */
  Drive(DriveEvents events, ErrorPolicy policy, int capacity) {
    this.events = events;
    this.policy = policy;
    takeBuffer(capacity);
  }

  private void takeBuffer(int capacity) {
    buffer = IoBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    io = new HostIo(new IoOwner(), buffer);
  }

  void attach(IdeChannel to) {
    channel = to;
  }

  Object monitor() {
    return channel;
  }

  DriveEvents events() {
    return events;
  }

  private final class IoOwner implements HostIo.Owner {
    @Override
    public Object monitor() {
      return channel;
    }

    @Override
    public boolean stops(BlockRequest.Kind kind, BlockError cause) {
      return policy.stops(kind, cause);
    }

    @Override
    public DriveEvents events() {
      return events;
    }

    @Override
    public void ioDone(HostIo done, BlockError cause) {
      hostEnded(done, cause);
    }

    @Override
    public void again(HostIo failed) {
      if (failed == io) {
        runDma();
      }
    }
  }

  // What a kind of drive adds

  /** Begins a command. */
  abstract void execute(int command);

  /** All of a data phase has passed. */
  abstract void dataDone();

  /** The request to the host has ended; null is success. */
  abstract void hostDone(BlockError cause);

  /** Whether a command is taken although the drive is busy. */
  abstract boolean takesWhileBusy(int command);

  /** Contents of LBA mid and high that tell the kind of drive. */
  abstract int signature();

  /** Status after a reset. */
  abstract int statusAfterReset();

  /** Forgets the command under way, and what else a reset forgets. */
  abstract void forget();

  // What the channel calls

  int status() {
    return status;
  }

  int error() {
    return error;
  }

  boolean intrq() {
    return intrq;
  }

  boolean busy() {
    return (status & Status.BSY) != 0;
  }

  /** Whether the registers are the drive's own now: it is busy, or data passes. */
  boolean locked() {
    return (status & (Status.BSY | Status.DRQ)) != 0;
  }

  void acknowledge() {
    intrq = false;
  }

  void command(int code) {
    if (locked() && !takesWhileBusy(code)) {
      return;
    }
    intrq = false;
    error = 0;
    execute(code);
  }

  /** SRST is asserted: what is under way is abandoned. */
  void assertReset() {
    settle();
    phase = Phase.NONE;
    status = Status.BSY;
    error = 0;
    intrq = false;
    forget();
  }

  /** The end of any reset: as soon as the host has nothing of ours any more. */
  void finishReset() {
    resetting = io.pending();
    if (!resetting) {
      error = Err.PASSED;
      status = statusAfterReset();
      regs.signature(signature());
    } else {
      status = Status.BSY;
    }
  }

  /** Reset by power. */
  void reset() {
    regs.device = 0;
    assertReset();
    finishReset();
  }

  // Data port

  int readData(int size) {
    if (phase != Phase.PIO_IN) {
      return 0;
    }
    int from = at;
    int step = Math.min(size, end - from);
    at = from + step;
    int value = step == 4 ? buffer.getInt(from) : buffer.getShort(from) & 0xffff;
    if (at == end) {
      portDone();
    }
    return value;
  }

  void writeData(int size, int value) {
    if (phase != Phase.PIO_OUT) {
      return;
    }
    int to = at;
    int step = Math.min(size, end - to);
    at = to + step;
    if (step == 4) {
      buffer.putInt(to, value);
    } else {
      buffer.putShort(to, (short) value);
    }
    if (at == end) {
      portDone();
    }
  }

  /** Reads the data port once for each item, by words or double words: a DRQ block at a time. */
  void readData(int size, PortItems items) {
    for (int i = 0, n = items.count(); i < n; ) {
      int run = phase == Phase.PIO_IN ? Math.min(n - i, (end - at) / size) : 0;
      int from = at;
      for (int j = 0; j < run; j++) {
        items.reply(i + j, size == 4 ? buffer.getInt(from + 4 * j) : buffer.getShort(from + 2 * j));
      }
      i += passed(run, size);
      if (run == 0) {
        items.reply(i++, readData(size));
      }
    }
  }

  /** Writes each item to the data port, by words or double words: a DRQ block at a time. */
  void writeData(int size, PortItems items) {
    for (int i = 0, n = items.count(); i < n; ) {
      int run = phase == Phase.PIO_OUT ? Math.min(n - i, (end - at) / size) : 0;
      int to = at;
      for (int j = 0; j < run; j++) {
        int value = (int) items.data(i + j);
        if (size == 4) {
          buffer.putInt(to + 4 * j, value);
        } else {
          buffer.putShort(to + 2 * j, (short) value);
        }
      }
      i += passed(run, size);
      if (run == 0) {
        writeData(size, (int) items.data(i++));
      }
    }
  }

  private int passed(int run, int size) {
    at += run * size;
    if (run > 0 && at == end) {
      portDone();
    }
    return run;
  }

  private void portDone() {
    phase = Phase.NONE;
    dataDone();
  }

  /** Moves a DMA phase's data if the bus master is on. */
  void runDma() {
    BusMaster master = channel.busMaster();
    if (!master.active()) {
      return;
    }
    switch (phase) {
      case DMA_IN, DMA_OUT -> runBuffer(master);
      case HOST_IN, HOST_OUT -> runHost(master);
      case NONE, PIO_IN, PIO_OUT -> {}
    }
  }

  private void runHost(BusMaster master) {
    if (io.pending() || channel.isOff()) {
      return;
    }
    boolean in = phase == Phase.HOST_IN;
    if (memory == null) {
      memory = new ScatterList();
    }
    if (master.gather(end, in, memory)) {
      io.transfer(host, in ? BlockRequest.Kind.READ : BlockRequest.Kind.WRITE, hostOffset, memory);
    } else if (in) {
      fetch(host, hostOffset, end);
    } else {
      dmaOut(end);
    }
  }

  private void runBuffer(BusMaster master) {
    buffer.limit(end).position(at);
    boolean whole = phase == Phase.DMA_IN ? master.toMemory(buffer) : master.fromMemory(buffer);
    buffer.clear();
    phase = Phase.NONE;
    if (whole) {
      dataDone();
    } else {
      // SFF-8038i section 3.1: table too short; the host finds the bus master neither active nor
      // interrupting.
      status = Status.GOOD;
      forget();
    }
  }

  // What a kind of drive calls

  /** Offers a DRQ block to the data port; its length is even. */
  final void pioIn(int from, int length) {
    openPort(Phase.PIO_IN, from, length);
    raise();
  }

  /**
   * Asks for a DRQ block through the data port.
   *
   * @param first whether it is the command's first: then no interrupt announces it
   */
  final void pioOut(int from, int length, boolean first) {
    openPort(Phase.PIO_OUT, from, length);
    if (!first) {
      raise();
    }
  }

  private void openPort(Phase direction, int from, int length) {
    phase = direction;
    at = from;
    end = from + length;
    status = Status.DATA;
  }

  /** Sends the buffer's first bytes to memory. */
  final void dmaIn(int length) {
    openDma(Phase.DMA_IN, length);
  }

  /** Fills the buffer's first bytes from memory. */
  final void dmaOut(int length) {
    openDma(Phase.DMA_OUT, length);
  }

  /**
   * Moves a part of the host's medium to memory: by itself where it can, otherwise through the
   * buffer's start, which is reported as any request's end.
   */
  final void dmaFromHost(BlockBackend from, long byteOffset, int length) {
    if (from.scatters()) {
      openHost(Phase.HOST_IN, from, byteOffset, length);
    } else {
      fetch(from, byteOffset, length);
    }
  }

  private void fetch(BlockBackend from, long byteOffset, int length) {
    phase = Phase.NONE;
    busyWithHost();
    io.read(from, byteOffset, 0, length);
  }

  /**
   * Moves memory to a part of the host's medium: by itself where it can, otherwise to the buffer's
   * start, which is reported as any phase's end.
   */
  final void dmaToHost(BlockBackend to, long byteOffset, int length) {
    if (to.scatters()) {
      openHost(Phase.HOST_OUT, to, byteOffset, length);
    } else {
      dmaOut(length);
    }
  }

  private void openHost(Phase direction, BlockBackend with, long byteOffset, int length) {
    host = with;
    hostOffset = byteOffset;
    openDma(direction, length);
  }

  /** Whether no transfer between host and memory waits or is under way. */
  final boolean passesBuffer() {
    return phase != Phase.HOST_IN && phase != Phase.HOST_OUT;
  }

  /**
   * Waits until the host reaches the guest's memory no more. A transfer that waits for the machine
   * to go on after a failure is forgotten.
   */
  final void settle() {
    io.awaitHost();
    if (io.pending() && io.scattered()) {
      channel.busMaster().passed(memory, phase == Phase.HOST_IN, false); // a part may have
      io = new HostIo(new IoOwner(), buffer);
    }
  }

  private void openDma(Phase direction, int length) {
    phase = direction;
    at = 0;
    end = length;
    status = Status.BUSY;
    runDma();
  }

  final void busyWithHost() {
    status = Status.BUSY;
  }

  /** Where the next DRQ block in the buffer begins. */
  final int blockEnd() {
    return end;
  }

  /** The command has succeeded. */
  final void succeed(boolean interrupt) {
    status = Status.GOOD;
    forget();
    if (interrupt) {
      raise();
    }
  }

  /** A command with a DMA phase has succeeded. */
  final void succeedDma() {
    channel.busMaster().finished();
    succeed(true);
  }

  /** The command has failed. */
  final void fail(int errorBits) {
    error = errorBits;
    status = Status.FAILED;
    channel.busMaster().finished();
    forget();
    raise();
  }

  final void abort() {
    fail(Err.ABRT);
  }

  /** Sets the error register where it does not mean a failure. */
  final void diagnosed() {
    error = Err.PASSED;
  }

  /** Sets the status where it does not follow from a phase. */
  final void status(int bits) {
    status = bits;
  }

  final void raise() {
    intrq = true;
    channel.driveLine();
  }

  private void hostEnded(HostIo done, BlockError cause) {
    if (done != io || channel.isOff()) {
      return; // of a state that has been replaced, or of a machine that is gone
    }
    if (resetting) {
      finishReset();
    } else if ((status & Status.BSY) != 0 && active()) {
      if (passesBuffer()) {
        hostDone(cause);
      } else {
        hostPassed(cause);
      }
    }
  }

  /** A transfer with memory ends as its last step through the buffer would. */
  private void hostPassed(BlockError cause) {
    boolean in = phase == Phase.HOST_IN;
    phase = Phase.NONE;
    channel.busMaster().passed(memory, in, !in || cause == null);
    if (in && cause == null) {
      dataDone();
    } else {
      hostDone(cause);
    }
  }

  /** Whether a command waits for the host. */
  abstract boolean active();

  // Snapshots

  /**
   * The shared state.
   *
   * @param filled how much of the buffer belongs to the command under way
   */
  final State saveDrive(int filled) {
    boolean holdsData = phase != Phase.NONE && passesBuffer() || io.needsBuffer();
    byte[] data = new byte[holdsData ? Math.max(filled, end) : 0];
    buffer.get(0, data);
    return new State(
        regs.save(),
        status,
        error,
        intrq,
        phase.name(),
        at,
        end,
        resetting,
        io.save(),
        Base64.getEncoder().encodeToString(data));
  }

  /** Requires a sound state, in one of the phases that its command may be in. */
  static void check(StateCheck check, State state, Set<Phase> phases) {
    boolean fits = phases.stream().anyMatch(phase -> phase.name().equals(state.phase));
    check.that(fits, "phase", state.phase);
    TaskFile.check(check, state.regs);
    HostIo.check(check, state.io, CAPACITY);
    check.bits("status", state.status, 0xff);
    check.bits("error", state.error, 0xff);
    boolean inside = 0 <= state.at && state.at <= state.end && state.end <= CAPACITY;
    check.that(inside && (state.end - state.at) % 2 == 0, "block", state.at + ".." + state.end);
    check.that(state.data.length() <= CAPACITY / 3 * 4 + 4, "data length", state.data.length());
    try {
      check.that(Base64.getDecoder().decode(state.data).length <= CAPACITY, "data", "too long");
    } catch (IllegalArgumentException e) {
      check.that(false, "data", e.getMessage());
    }
  }

  final void restoreDrive(State state) {
    settle();
    if (io.pending()) { // the host still has the buffer
      takeBuffer(buffer.capacity());
    }
    buffer.put(0, Base64.getDecoder().decode(state.data));
    regs.restore(state.regs);
    status = state.status;
    error = state.error;
    intrq = state.intrq;
    phase = Phase.valueOf(state.phase);
    at = state.at;
    end = state.end;
    resetting = state.resetting;
  }
}
