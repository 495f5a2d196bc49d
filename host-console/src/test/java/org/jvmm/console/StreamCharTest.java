package org.jvmm.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.jvmm.core.backend.CharFrontend;

@Timeout(60)
final class StreamCharTest {
  /**
   * A guest that takes 16 bytes at a time, as a UART's FIFO does, and reads them when it is asked
   * to.
   */
  private static final class SlowGuest implements CharFrontend {
    final ByteArrayOutputStream got = new ByteArrayOutputStream();
    final CountDownLatch writable = new CountDownLatch(1);
    private int room = 16;

    @Override
    public synchronized int receive(byte[] bytes, int offset, int count) {
      int taken = Math.min(room, count);
      got.write(bytes, offset, taken);
      room -= taken;
      return taken;
    }

    synchronized void readFifo() {
      room = 16;
    }

    @Override
    public void receiveBreak() {}

    @Override
    public void writable() {
      writable.countDown();
    }
  }

  @Test
  void aLargePasteReachesASlowGuestWhole() throws InterruptedException {
    byte[] paste = new byte[100_000];
    new Random(1).nextBytes(paste);
    SlowGuest guest = new SlowGuest();
    StreamChar line = new StreamChar("test-out", OutputStream.nullOutputStream());
    line.connect(guest);
    Thread typist =
        new Thread(
            () -> {
              try {
                line.deliver(paste, 0, paste.length);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    typist.start();
    while (guest.got.size() < paste.length) {
      guest.readFifo();
      line.receiverReady();
    }
    typist.join();
    line.close();
    assertArrayEquals(paste, guest.got.toByteArray());
  }

  @Test
  void aStalledHostMakesTheGuestWaitAndLosesNothing() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    OutputStream stalled =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("written in batches");
          }

          @Override
          public void write(byte[] bytes, int offset, int count) throws IOException {
            try {
              go.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            written.write(bytes, offset, count);
          }
        };
    SlowGuest guest = new SlowGuest();
    StreamChar line = new StreamChar("test-out", stalled);
    line.connect(guest);
    int taken = 0;
    while (line.offer(taken & 0xff)) {
      taken++;
    }
    go.countDown();
    assertTrue(guest.writable.await(10, TimeUnit.SECONDS));
    while (!line.offer(taken & 0xff)) {
      Thread.onSpinWait();
    }
    line.close();
    byte[] all = written.toByteArray();
    assertEquals(taken + 1, all.length);
    for (int i = 0; i < all.length; i++) {
      assertEquals((byte) i, all[i], "byte " + i);
    }
  }

  @Test
  void aReaderThatHasGoneDoesNotStopTheGuest() {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    StreamChar line = new StreamChar("test-out", broken);
    for (int i = 0; i < 500_000; i++) {
      while (!line.offer(i & 0xff)) {
        Thread.onSpinWait();
      }
    }
    line.close();
  }
}
