package org.jvmm.block.vhd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.jvmm.block.BlockImage;
import org.jvmm.block.BlockImageContract;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;

/** The contract with both kinds of disk, of exactly the size that is asked for. */
final class VhdContractTest {
  abstract static class VhdContract extends BlockImageContract {
    private final String kind;

    VhdContract(String kind) {
      this.kind = kind;
    }

    @Override
    protected String format() {
      return "vpc";
    }

    @Override
    protected Map<String, String> createOptions() {
      return Map.of("force_size", "on", "subformat", kind);
    }

    @Override
    protected String qemuOptions() {
      return "force_size=on,subformat=" + kind;
    }

    @Override
    protected boolean checkable() {
      return false;
    }
  }

  @Nested
  class Dynamic extends VhdContract {
    Dynamic() {
      super("dynamic");
    }
  }

  @Nested
  class Fixed extends VhdContract {
    Fixed() {
      super("fixed");
    }

    /** A fixed disk begins with the disk's bytes: as with QEMU its format has to be said. */
    @Test
    @Override
    protected void itsMagicIsRecognized() throws IOException {
      create().close();
      try (BlockImage image = Images.open(path(), null, OpenOptions.READ_ONLY)) {
        assertEquals("raw", image.format());
      }
    }
  }
}
