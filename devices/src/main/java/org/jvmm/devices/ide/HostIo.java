package org.jvmm.devices.ide;

import java.nio.ByteBuffer;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.core.device.StateCheck;

/** The one request at a time that a drive has with its host end, made of the drive's buffer. */
final class HostIo extends BlockRequest {
  private final Drive drive;

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
  record State(boolean pending, String kind, long offset, int at, long length) {}

  HostIo(Drive drive, ByteBuffer buffer) {
    this.drive = drive;
    this.view = buffer.duplicate();
  }

  /** Whether a request waits for its end: it is with the backend, or waits to be made again. */
  boolean pending() {
    return pending;
  }

  /** Whether the request, made again, would need what the buffer holds. */
  boolean needsBuffer() {
    return pending && kind != Kind.READ;
  }

  /** Fills the drive's buffer from the medium. */
  void read(BlockBackend from, long byteOffset, int bufferOffset, int bytes) {
    begin(from, Kind.READ, byteOffset, bufferOffset, bytes);
  }

  /** Puts the drive's buffer on the medium. */
  void write(BlockBackend to, long byteOffset, int bytes) {
    begin(to, Kind.WRITE, byteOffset, 0, bytes);
  }

  void discard(BlockBackend from, long byteOffset, long bytes) {
    begin(from, Kind.DISCARD, byteOffset, 0, bytes);
  }

  void flush(BlockBackend to) {
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

  State save() {
    return pending
        ? new State(true, kind.name(), offset, at, length)
        : new State(false, Kind.FLUSH.name(), 0, 0, 0);
  }

  static void check(StateCheck check, State state) {
    Kind kind = check.constant(Kind.class, "request", state.kind);
    boolean buffered = kind == Kind.READ || kind == Kind.WRITE;
    check.that(state.offset >= 0 && state.length >= 0 && state.at >= 0, "request", state);
    check.that(!buffered || state.at + state.length <= Drive.CAPACITY, "request", state);
  }

  /** Makes a saved request again. */
  void restore(BlockBackend with, State state) {
    if (state.pending) {
      begin(with, Kind.valueOf(state.kind), state.offset, state.at, state.length);
    }
  }
}
