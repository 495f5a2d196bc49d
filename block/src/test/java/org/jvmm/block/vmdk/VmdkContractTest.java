package org.jvmm.block.vmdk;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.jvmm.block.BlockImageContract;

/** The contract with each layout that can be written in place. */
final class VmdkContractTest {
  abstract static class VmdkContract extends BlockImageContract {
    private final String option;
    private final String value;

    VmdkContract(String option, String value) {
      this.option = option;
      this.value = value;
    }

    @Override
    protected String format() {
      return "vmdk";
    }

    @Override
    protected Map<String, String> createOptions() {
      return Map.of(option, value);
    }

    @Override
    protected String qemuOptions() {
      return option + "=" + value;
    }
  }

  @Nested
  class MonolithicSparse extends VmdkContract {
    MonolithicSparse() {
      super("subformat", "monolithicSparse");
    }
  }

  @Nested
  class ZeroedGrains extends VmdkContract {
    ZeroedGrains() {
      super("zeroed_grain", "on");
    }
  }

  @Nested
  class MonolithicFlat extends VmdkContract {
    MonolithicFlat() {
      super("subformat", "monolithicFlat");
    }
  }

  @Nested
  class SplitSparse extends VmdkContract {
    SplitSparse() {
      super("subformat", "twoGbMaxExtentSparse");
    }
  }

  @Nested
  class SplitFlat extends VmdkContract {
    SplitFlat() {
      super("subformat", "twoGbMaxExtentFlat");
    }
  }
}
