package org.jvmm.devices.drive;

import java.nio.ByteBuffer;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.core.device.StateCheck;

/** The one request at a time that a drive has with its host end, made of the drive's buffer. */
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
  }

  private final Owner drive;

  /** A view of the drive's buffer whose position and limit belong to the backend. */
  private final ByteBuffer view;

  private BlockBackend backend;
  private Kind kind = Kind.FLUSH;
  private long offset;
  private int at;
  private long length;
  private boolean pending;

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
    return pending && kind != Kind.READ;
  }

  /** Fills the drive's buffer from the medium. */
  public void read(BlockBackend from, long byteOffset, int bufferOffset, int bytes) {
    begin(from, Kind.READ, byteOffset, bufferOffset, bytes);
  }

  /** Puts the drive's buffer on the medium. */
  public void write(BlockBackend to, long byteOffset, int bytes) {
    begin(to, Kind.WRITE, byteOffset, 0, bytes);
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
    backend = with;
    kind = what;
    offset = byteOffset;
    at = bufferOffset;
    length = bytes;
    pending = true;
    submit();
  }

  private void submit() {
    switch (kind) {
      case READ, WRITE ->
          transfer(kind, offset, view.limit(at + (int) length).position(at)); // bounded by buffer
      case FLUSH -> flush();
      case DISCARD, WRITE_ZEROES -> range(kind, offset, length);
    }
    backend.submit(this);
  }

  @Override
  public void completed(BlockError error) {
    if (error != null && drive.stops(kind, error) && drive.events().stop(error, this::retry)) {
      return; // still pending: the retry makes it again
    }
    synchronized (drive.monitor()) {
      pending = false;
      drive.ioDone(this, error);
    }
  }

  private void retry() {
    synchronized (drive.monitor()) {
      submit();
    }
  }

  /** What a snapshot needs. */
  public State save() {
    return pending ? new State(true, kind.name(), offset, at, length) : State.IDLE;
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
