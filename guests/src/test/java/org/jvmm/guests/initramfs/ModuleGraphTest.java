package org.jvmm.guests.initramfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ModuleGraphTest {
  private final ModuleGraph graph = new ModuleGraph();

  private void add(String path, List<String> depends, List<String> aliases, List<String> soft) {
    graph.add(new ModuleGraph.Module(path, new ModuleInfo(depends, aliases, soft)));
  }

  private List<String> closure(String... names) {
    return graph.closure(List.of(names)).stream().map(ModuleGraph.Module::name).toList();
  }

  @Test
  void dependenciesComeBeforeWhatNeedsThem() {
    add("kernel/ne2k-pci.ko", List.of("8390"), List.of(), List.of());
    add("kernel/8390.ko", List.of(), List.of(), List.of());
    add("kernel/other.ko", List.of(), List.of(), List.of());
    assertEquals(List.of("8390", "ne2k_pci"), closure("ne2k-pci"));
  }

  @Test
  void dashesAndUnderscoresAreTheSame() {
    add("kernel/virtio-rng.ko", List.of("virtio-ring"), List.of(), List.of());
    add("kernel/virtio_ring.ko", List.of(), List.of(), List.of());
    assertEquals(List.of("virtio_ring", "virtio_rng"), closure("virtio_rng"));
  }

  @Test
  void modulesThatTheKernelHasBuiltInArePassedOver() {
    add("kernel/vfat.ko", List.of("fat"), List.of(), List.of());
    assertEquals(List.of("vfat"), closure("vfat", "ext4"));
  }

  @Test
  void softDependenciesComeAlongByAliasInTheirGenericForm() {
    add("kernel/libcrc32c.ko", List.of(), List.of(), List.of("crypto-crc32c"));
    add("kernel/crc32c-intel.ko", List.of(), List.of("crypto-crc32c"), List.of());
    add("kernel/crc32c_generic.ko", List.of(), List.of("crypto-crc32c"), List.of());
    assertEquals(List.of("libcrc32c", "crc32c_generic"), closure("libcrc32c"));
  }

  @Test
  void circlesEnd() {
    add("kernel/a.ko", List.of("b"), List.of(), List.of());
    add("kernel/b.ko", List.of("a"), List.of(), List.of());
    assertEquals(List.of("b", "a"), closure("a"));
  }

  @Test
  void theDependencyFileListsWhatIsLoadedFirstLast() {
    add("kernel/ext4.ko", List.of("jbd2", "mbcache"), List.of(), List.of("c"));
    add("kernel/jbd2.ko", List.of("crc"), List.of(), List.of());
    add("kernel/mbcache.ko", List.of(), List.of(), List.of());
    add("kernel/crc.ko", List.of(), List.of(), List.of());
    assertEquals(
        """
        kernel/crc.ko:
        kernel/ext4.ko: kernel/mbcache.ko kernel/jbd2.ko kernel/crc.ko
        kernel/jbd2.ko: kernel/crc.ko
        kernel/mbcache.ko:
        """,
        graph.dependencyFile(graph.closure(List.of("ext4"))));
  }

  @Test
  void theAliasFileNamesModulesWithUnderscores() {
    add("kernel/ne2k-pci.ko", List.of(), List.of("pci:v000010ECd00008029sv*"), List.of());
    assertEquals(
        "alias pci:v000010ECd00008029sv* ne2k_pci\n",
        graph.aliasFile(graph.closure(List.of("ne2k_pci"))));
  }
}
