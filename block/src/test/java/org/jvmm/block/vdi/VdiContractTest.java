package org.jvmm.block.vdi;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.jvmm.block.BlockImageContract;

/** The contract with both kinds of image. */
final class VdiContractTest {
  abstract static class VdiContract extends BlockImageContract {
    @Override
    protected String format() {
      return "vdi";
    }
  }

  @Nested
  class Dynamic extends VdiContract {}

  @Nested
  class Static extends VdiContract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("static", "on");
    }

    @Override
    protected String qemuOptions() {
      return "static=on";
    }
  }
}
