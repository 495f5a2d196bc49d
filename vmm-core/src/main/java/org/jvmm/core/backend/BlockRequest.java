package org.jvmm.core.backend;

import java.nio.ByteBuffer;
import org.jvmm.core.mem.ScatterList;

/**
 * One transfer between a device and its {@link BlockBackend}. A device makes it once and uses it
 * again after each completion; between submission and completion it belongs to the backend.
 */
public abstract class BlockRequest {
  /** What to do. */
  public enum Kind {
    /** Fill {@link #data} or {@link #memory} from the medium. */
    READ,
    /** Put {@link #data} or {@link #memory} on the medium. */
    WRITE,
    /** Make all completed writes durable. */
    FLUSH,
    /** The range's content is no longer needed: it may read as anything that it was, or zeroes. */
    DISCARD,
    /** The range reads as zeroes from now on. */
    WRITE_ZEROES
  }

  private Kind kind = Kind.FLUSH;
  private long offset;
  private long length;
  private ByteBuffer data;
  private ScatterList memory;

  /** Makes this a READ or WRITE of the buffer's remaining bytes at a byte offset of the medium. */
  public final BlockRequest transfer(Kind kind, long offset, ByteBuffer data) {
    this.kind = kind;
    this.offset = offset;
    this.length = data.remaining();
    this.data = data;
    this.memory = null;
    return this;
  }

  /**
   * Makes this a READ or WRITE between guest memory and the medium, from a byte offset of it on.
   * The backend must be one that {@link BlockBackend#scatters}.
   */
  public final BlockRequest transfer(Kind kind, long offset, ScatterList memory) {
    range(kind, offset, memory.remaining());
    this.memory = memory;
    return this;
  }

  /** Makes this a DISCARD or WRITE_ZEROES of a range in bytes. */
  public final BlockRequest range(Kind kind, long offset, long length) {
    this.kind = kind;
    this.offset = offset;
    this.length = length;
    this.data = null;
    this.memory = null;
    return this;
  }

  /** Makes this a FLUSH. */
  public final BlockRequest flush() {
    return range(Kind.FLUSH, 0, 0);
  }

  /** What to do. */
  public final Kind kind() {
    return kind;
  }

  /** Where it begins, in bytes. */
  public final long offset() {
    return offset;
  }

  /** How much, in bytes. */
  public final long length() {
    return length;
  }

  /** The bytes of a READ or WRITE; null with the others, and where {@link #memory} is not. */
  public final ByteBuffer data() {
    return data;
  }

  /** The guest memory of a READ or WRITE that passes through no buffer, or null. */
  public final ScatterList memory() {
    return memory;
  }

  /**
   * The request is done. Called once, by the backend's thread, with no lock held.
   *
   * @param error null when it succeeded
   */
  public abstract void completed(BlockError error);
}
