package org.jvmm.testkit;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;

/** A disk in an array with a thread of its own, as real host ends have; it reaches guest memory. */
public final class ServedDisk implements BlockBackend {
  private final HeapDisk disk;
  private final ExecutorService thread = Executors.newSingleThreadExecutor();

  /** Over a disk that only this one's thread uses from now on. */
  public ServedDisk(HeapDisk disk) {
    this.disk = disk;
  }

  /** From the next request on what touches a byte from an offset on fails; null ends that. */
  public void fail(BlockError error, long from) {
    thread.execute(() -> disk.fail(error, from));
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public boolean scatters() {
    return true;
  }

  @Override
  public void submit(BlockRequest request) {
    thread.execute(
        () -> {
          disk.submit(request);
          disk.completeOne();
        });
  }

  /** Completes what was submitted; waits a minute for it at most. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("a request is not completed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
