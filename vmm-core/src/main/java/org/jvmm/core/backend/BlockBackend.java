package org.jvmm.core.backend;

/**
 * The host side of a disk. Takes requests from a device and carries them out on a thread of its
 * own, so that no vCPU waits for the host's storage.
 */
public interface BlockBackend extends AutoCloseable {
  /** Size of the medium in bytes. */
  long size();

  /** Whether writes are refused with {@link BlockError#READ_ONLY}. */
  boolean readOnly();

  /** Whether a READ or WRITE may name guest memory in place of a buffer. */
  default boolean scatters() {
    return false;
  }

  /**
   * Begins a request. Never blocks and never completes the request within the call. Requests are
   * completed in the order of submission; a flush covers every write completed before it began.
   */
  void submit(BlockRequest request);

  /** Completes what was submitted, makes it durable, and ends. */
  @Override
  void close();
}
