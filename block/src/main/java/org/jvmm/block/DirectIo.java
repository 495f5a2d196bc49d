package org.jvmm.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A second channel to a file that passes by the host's page cache (O_DIRECT), for what is aligned
 * to the file system's blocks. The rest goes through the cache; Linux keeps both in step.
 */
final class DirectIo implements AutoCloseable {
  private static final int BOUNCE = 1 << 20;

  private static final Optional<OpenOption> DIRECT = option();

  private final FileChannel channel;
  private final int block;
  private final ByteBuffer bounce;

  private DirectIo(FileChannel channel, int block) {
    this.channel = channel;
    this.block = block;
    this.bounce = ByteBuffer.allocateDirect(BOUNCE + block).alignedSlice(block);
  }

  /** Null where the file system or the JDK cannot: QEMU refuses then, we use the cache. */
  static DirectIo open(Path path, Set<? extends OpenOption> how) {
    Set<OpenOption> options = new HashSet<>(how);
    if (DIRECT.isEmpty()) {
      return null;
    }
    options.add(DIRECT.get());
    try {
      int block = (int) Files.getFileStore(path).getBlockSize();
      return new DirectIo(FileChannel.open(path, options), block);
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  /** By reflection: compilers of later JDKs warn of the class, which they call internal. */
  private static Optional<OpenOption> option() {
    try {
      Object[] all = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
      return Stream.of(all)
          .filter(each -> each.toString().equals("DIRECT"))
          .map(OpenOption.class::cast)
          .findFirst();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Reads whole blocks; returns how many bytes, which may be none. */
  int read(long position, ByteBuffer into) throws IOException {
    int done = 0;
    int whole = whole(position, into);
    while (done < whole) {
      bounce.clear().limit(Math.min(whole - done, BOUNCE));
      int count = channel.read(bounce, position + done);
      if (count <= 0) {
        return done;
      }
      into.put(bounce.flip());
      done += count;
      if (count % block != 0) {
        return done;
      }
    }
    return done;
  }

  /** Writes whole blocks; returns how many bytes, which may be none. */
  int write(long position, ByteBuffer from) throws IOException {
    int done = 0;
    int whole = whole(position, from);
    int end = from.limit();
    while (done < whole) {
      int step = Math.min(whole - done, BOUNCE);
      bounce.clear().put(from.limit(from.position() + step)).flip();
      from.limit(end);
      while (bounce.hasRemaining()) {
        int count = channel.write(bounce, position + done);
        done += count;
        if (count % block != 0) {
          throw new IOException("a direct write stopped within a block");
        }
      }
    }
    return done;
  }

  private int whole(long position, ByteBuffer buffer) {
    return position % block == 0 ? buffer.remaining() / block * block : 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
