package org.jvmm.devices.drive;

import java.nio.ByteBuffer;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.mem.ScatterList;

/**
 * The one request at a time that a drive has with its host end, made of the drive's buffer or of
 * the guest's memory.
 */
public final class HostIo extends BlockRequest {
  /** Whose request it is. */
  public interface Owner {
    /** What guards the drive and this request. */
    Object monitor();

    /** Whether a failure is one that the machine pauses for. Called without the monitor. */
    boolean stops(Kind kind, BlockError error);

    /** Who pauses the machine. Called without the monitor. */
    DriveEvents events();

    /**
     * The request has ended. Called with the monitor held.
     *
     * @param error null if it succeeded
     */
    void ioDone(HostIo done, BlockError error);

    /**
     * The machine goes on after a failure: a transfer with the guest's memory, which may be another
     * one now, is to be made again. Called with the monitor held.
     */
    void again(HostIo failed);
  }

  private final Owner drive;

  /** A view of the drive's buffer whose position and limit belong to the backend. */
  private final ByteBuffer view;

  private BlockBackend backend;
  private Kind kind = Kind.FLUSH;
  private long offset;
  private int at;
  private long length;

  /** Where the data is, if not in the drive's buffer. */
  private ScatterList memory;

  private boolean pending;

  /** The backend has the request, and with it the guest's memory. */
  private boolean reaching;

  /**
   * What a snapshot needs to make the request again.
   *
   * @param kind name of a {@link BlockRequest.Kind}
   */
  public record State(boolean pending, String kind, long offset, int at, long length) {
    /** No request is under way. */
    public static final State IDLE = new State(false, Kind.FLUSH.name(), 0, 0, 0);
  }

  /** No request so far; data passes through this buffer, counted from its start. */
  public HostIo(Owner drive, ByteBuffer buffer) {
    this.drive = drive;
    this.view = buffer.duplicate();
  }

  /** Whether a request waits for its end: it is with the backend, or waits to be made again. */
  public boolean pending() {
    return pending;
  }

  /** Whether the request, made again, would need what the buffer holds. */
  public boolean needsBuffer() {
    return pending && memory == null && kind != Kind.READ;
  }

  /** Whether the request is one with the guest's memory. */
  public boolean scattered() {
    return memory != null;
  }

  /**
   * Waits until the host reaches the guest's memory no more. With the monitor held, which is free
   * meanwhile.
   */
  public void awaitHost() {
    boolean interrupted = false;
    while (reaching) {
      try {
        drive.monitor().wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Fills the drive's buffer from the medium. */
  public void read(BlockBackend from, long byteOffset, int bufferOffset, int bytes) {
    begin(from, Kind.READ, byteOffset, bufferOffset, bytes);
  }

  /** Puts the drive's buffer on the medium. */
  public void write(BlockBackend to, long byteOffset, int bytes) {
    begin(to, Kind.WRITE, byteOffset, 0, bytes);
  }

  /** Moves bytes between the medium and the guest's memory; the backend is one that can. */
  public void transfer(BlockBackend with, Kind what, long byteOffset, ScatterList runs) {
    prepare(with, what, byteOffset, 0, runs.remaining());
    memory = runs;
    submit();
  }

  /** Tells that a range's content is no longer needed. */
  public void discard(BlockBackend from, long byteOffset, long bytes) {
    begin(from, Kind.DISCARD, byteOffset, 0, bytes);
  }

  /** Makes what has been written durable. */
  public void flush(BlockBackend to) {
    begin(to, Kind.FLUSH, 0, 0, 0);
  }

  private void begin(BlockBackend with, Kind what, long byteOffset, int bufferOffset, long bytes) {
    prepare(with, what, byteOffset, bufferOffset, bytes);
    submit();
  }

  private void prepare(
      BlockBackend with, Kind what, long byteOffset, int bufferOffset, long bytes) {
    backend = with;
    kind = what;
    offset = byteOffset;
    at = bufferOffset;
    length = bytes;
    memory = null;
  }

  private void submit() {
    pending = true;
    reaching = memory != null;
    switch (kind) {
      case READ, WRITE -> {
        if (memory != null) {
          transfer(kind, offset, memory);
        } else {
          transfer(kind, offset, view.limit(at + (int) length).position(at)); // bounded by buffer
        }
      }
      case FLUSH -> flush();
      case DISCARD, WRITE_ZEROES -> range(kind, offset, length);
    }
    backend.submit(this);
  }

  @Override
  public void completed(BlockError error) {
    if (error != null && drive.stops(kind, error)) {
      released(); // whoever pauses the machine may wait for one who waits for this
      if (drive.events().stop(error, this::retry)) {
        return; // still pending: the retry makes it again
      }
    }
    synchronized (drive.monitor()) {
      released();
      pending = false;
      drive.ioDone(this, error);
    }
  }

  private void released() {
    synchronized (drive.monitor()) {
      if (reaching) {
        reaching = false;
        drive.monitor().notifyAll();
      }
    }
  }

  private void retry() {
    synchronized (drive.monitor()) {
      if (memory == null) {
        submit();
      } else {
        pending = false;
        drive.again(this);
      }
    }
  }

  /** What a snapshot needs; the owner makes a transfer with the guest's memory again by itself. */
  public State save() {
    return pending && memory == null
        ? new State(true, kind.name(), offset, at, length)
        : State.IDLE;
  }

  /**
   * Requires a sound state.
   *
   * @param capacity size of the buffer
   */
  public static void check(StateCheck check, State state, int capacity) {
    Kind kind = check.constant(Kind.class, "request", state.kind);
    boolean buffered = kind == Kind.READ || kind == Kind.WRITE;
    check.that(state.offset >= 0 && state.length >= 0 && state.at >= 0, "request", state);
    check.that(!buffered || state.length <= capacity - state.at, "request", state);
  }

  /** Makes a saved request again. */
  public void restore(BlockBackend with, State state) {
    if (state.pending) {
      begin(with, Kind.valueOf(state.kind), state.offset, state.at, state.length);
    }
  }
}
