package org.jvmm.block.qcow2;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.jvmm.block.BlockImageContract;
import org.jvmm.block.CacheMode;
import org.jvmm.block.OpenOptions;

/** The contract with the format's options at their ends. */
final class Qcow2ContractTest {
  abstract static class Qcow2Contract extends BlockImageContract {
    @Override
    protected String format() {
      return "qcow2";
    }
  }

  @Nested
  class Default extends Qcow2Contract {}

  @Nested
  class Version2 extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("compat", "0.10");
    }
  }

  @Nested
  class SmallestClusters extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("cluster_size", "512");
    }
  }

  @Nested
  class SmallestClustersAndWidestRefcounts extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("cluster_size", "512", "refcount_bits", "64");
    }
  }

  @Nested
  class LargestClustersAndNarrowestRefcounts extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("cluster_size", "2M", "refcount_bits", "1");
    }
  }

  @Nested
  class LazyRefcounts extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("lazy_refcounts", "on", "cluster_size", "4k", "refcount_bits", "2");
    }
  }

  @Nested
  class PreallocatedMetadata extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("preallocation", "metadata", "cluster_size", "4k", "refcount_bits", "8");
    }
  }

  @Nested
  class PreallocatedInFull extends Qcow2Contract {
    @Override
    protected Map<String, String> createOptions() {
      return Map.of("preallocation", "full", "refcount_bits", "32");
    }
  }

  @Nested
  class PastTheHostsCache extends Qcow2Contract {
    @Override
    protected OpenOptions openOptions() {
      return OpenOptions.WRITABLE.withCache(CacheMode.DIRECTSYNC);
    }
  }
}
