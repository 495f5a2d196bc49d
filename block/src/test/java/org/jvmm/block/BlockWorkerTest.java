package org.jvmm.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;
import org.jvmm.core.backend.BlockRequest.Kind;

final class BlockWorkerTest {
  private static final int SIZE = 1 << 20;

  /** A disk in memory that writes down what it is told. */
  private static final class Recorded implements BlockImage {
    private final ByteBuffer bytes = ByteBuffer.allocate(SIZE);
    private final List<String> calls = new ArrayList<>();
    private IOException failure;
    private boolean readOnly;

    private void note(String call) throws IOException {
      calls.add(call);
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public String format() {
      return "recorded";
    }

    @Override
    public long size() {
      return SIZE;
    }

    @Override
    public boolean readOnly() {
      return readOnly;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      note("read");
      into.put(bytes.slice((int) offset, into.remaining()));
    }

    @Override
    public void write(long offset, ByteBuffer from) throws IOException {
      note("write");
      bytes.slice((int) offset, from.remaining()).put(from);
    }

    @Override
    public void writeZeroes(long offset, long length) throws IOException {
      note("writeZeroes");
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      note("discard");
    }

    @Override
    public void flush() throws IOException {
      note("flush");
    }

    @Override
    public Extent extent(long offset) {
      return new Extent(SIZE - offset, true, false, offset, 0);
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  private final BlockingQueue<BlockRequest> done = new LinkedBlockingQueue<>();

  private final class Request extends BlockRequest {
    private BlockError error;
    private String thread;

    @Override
    public void completed(BlockError cause) {
      error = cause;
      thread = Thread.currentThread().getName();
      done.add(this);
    }
  }

  private final Recorded image = new Recorded();

  private BlockWorker worker(CacheMode cache) {
    return new BlockWorker(image, cache, "test", BlockWorker.Failures.IGNORED);
  }

  private Request await() throws InterruptedException {
    return (Request) done.poll(30, TimeUnit.SECONDS);
  }

  private Request perform(BlockWorker worker, BlockRequest request) throws InterruptedException {
    worker.submit(request);
    return await();
  }

  @Test
  void requestsCompleteInTheirOrderOnTheDrivesThread() throws InterruptedException {
    List<BlockRequest> sent = new ArrayList<>();
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      for (int i = 0; i < 500; i++) {
        ByteBuffer data = ByteBuffer.allocate(512).putInt(0, i);
        BlockRequest request = new Request().transfer(Kind.WRITE, i * 512L, data);
        sent.add(request);
        worker.submit(request);
      }
      for (BlockRequest each : sent) {
        Request completed = await();
        assertEquals(each, completed);
        assertNull(completed.error);
        assertEquals("block-test", completed.thread);
      }
    }
    assertEquals(499, image.bytes.getInt(499 * 512));
  }

  @Test
  void aReadFillsTheBuffer() throws InterruptedException {
    image.bytes.putInt(1024, 77);
    ByteBuffer data = ByteBuffer.allocate(512);
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      assertNull(perform(worker, new Request().transfer(Kind.READ, 1024, data)).error);
    }
    assertEquals(77, data.getInt(0));
    assertEquals(512, data.position());
  }

  @Test
  void failuresOfTheHostBecomeErrorsOfTheDrive() throws InterruptedException {
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      image.failure = new NoSpaceException("full");
      assertEquals(BlockError.NO_SPACE, perform(worker, write(0, 512)).error);
      image.failure = new IOException("broken");
      assertEquals(BlockError.IO, perform(worker, write(0, 512)).error);
      image.failure = null;
      assertNull(perform(worker, write(0, 512)).error);
    }
  }

  private BlockRequest write(long offset, int length) {
    return new Request().transfer(Kind.WRITE, offset, ByteBuffer.allocate(length));
  }

  @Test
  void whatDoesNotLieOnTheMediumIsRefused() throws InterruptedException {
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      assertEquals(BlockError.OUT_OF_RANGE, perform(worker, write(SIZE - 511, 512)).error);
      assertEquals(BlockError.OUT_OF_RANGE, perform(worker, write(-512, 512)).error);
      assertEquals(BlockError.OUT_OF_RANGE, perform(worker, write(Long.MAX_VALUE, 512)).error);
      BlockRequest all = new Request().range(Kind.DISCARD, 1, Long.MAX_VALUE);
      assertEquals(BlockError.OUT_OF_RANGE, perform(worker, all).error);
    }
    assertEquals(List.of("close"), image.calls);
  }

  @Test
  void aMediumForReadingRefusesAllThatWrites() throws InterruptedException {
    image.readOnly = true;
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      assertEquals(BlockError.READ_ONLY, perform(worker, write(0, 512)).error);
      BlockRequest zeroes = new Request().range(Kind.WRITE_ZEROES, 0, 512);
      assertEquals(BlockError.READ_ONLY, perform(worker, zeroes).error);
    }
  }

  @Test
  void writeThroughFlushesBehindEachWrite() throws InterruptedException {
    try (BlockWorker worker = worker(CacheMode.WRITETHROUGH)) {
      perform(worker, write(0, 512));
    }
    assertEquals(List.of("write", "flush", "close"), image.calls);
  }

  @Test
  void aTaskHasTheImageWhenTheRequestsBeforeItAreDone() throws Exception {
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      worker.submit(write(0, 512));
      assertEquals("recorded", worker.call(BlockImage::format));
      assertEquals(List.of("write"), image.calls);
      IOException broken = new IOException("broken");
      BlockWorker.Task<Void> task =
          ignored -> {
            throw broken;
          };
      assertEquals(broken, assertThrows(IOException.class, () -> worker.call(task)));
      assertNull(perform(worker, write(0, 512)).error);
    }
  }

  @Test
  void requestsAreCountedByKindAndOutcome() throws Exception {
    try (BlockWorker worker = worker(CacheMode.WRITEBACK)) {
      perform(worker, write(0, 1024));
      perform(worker, write(0, 512));
      perform(worker, new Request().transfer(Kind.READ, 0, ByteBuffer.allocate(512)));
      perform(worker, new Request().flush());
      perform(worker, write(SIZE, 512));
      BlockCounts counts = worker.counts();
      assertEquals(List.of(2L, 1536L), List.of(counts.writes(), counts.bytesWritten()));
      assertEquals(List.of(1L, 512L), List.of(counts.reads(), counts.bytesRead()));
      assertEquals(List.of(1L, 1L), List.of(counts.flushes(), counts.failed()));
    }
  }

  @Test
  void closingCompletesWhatWasSubmittedAndClosesTheImage() {
    BlockWorker worker = worker(CacheMode.WRITEBACK);
    for (int i = 0; i < 100; i++) {
      worker.submit(write(0, 512));
    }
    worker.close();
    assertEquals(100, done.size());
    assertTrue(image.calls.indexOf("close") == 100, () -> image.calls.toString());
    worker.close();
  }
}
