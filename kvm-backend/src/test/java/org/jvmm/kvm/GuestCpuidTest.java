package org.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.AccelException;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.kvm.CpuidTable.Entry;

class GuestCpuidTest {
  private static final int INTEL = 0x756e_6547, AMD = 0x6874_7541;

  /** A host that supports everything; leaf 4 and 8000_001D tell an L1 and an L3 cache. */
  private static CpuidTable host(int vendorEbx) {
    CpuidTable table = new CpuidTable();
    table.leaf(0).set(0x1f, vendorEbx, 0, 0);
    table.leaf(1).set(0xa00f11, 0, -1, -1);
    int l1 = 1 << 5 | 1;
    int l3 = 3 << 5 | 3;
    for (int leaf : new int[] {4, 0x8000_001d}) {
      table.entries().add(new Entry(leaf, 0, true).set(l1, 0, 0, 0));
      table.entries().add(new Entry(leaf, 1, true).set(l3, 0, 0, 0));
    }
    table.entries().add(new Entry(7, 0, true).set(1, -1, -1, -1));
    table.entries().add(new Entry(7, 1, true).set(-1, 0, 0, 0));
    for (int component = 0; component < 20; component++) {
      table.entries().add(new Entry(0xd, component, true).set(-1, 0, 0, 0));
    }
    table.leaf(GuestCpuid.KVM_SIGNATURE).set(GuestCpuid.KVM_FEATURES, 0x4b4d_564b, 0, 0);
    table.leaf(GuestCpuid.KVM_FEATURES).set(-1, 0, 0, 0);
    for (int leaf : new int[] {0x8000_0001, 0x8000_0008, 0x8000_001e}) {
      table.leaf(leaf).set(0, -1, -1, -1);
    }
    return table;
  }

  private static CpuidTable of(String model, int vendor, int vcpus, int id) {
    return new GuestCpuid(host(vendor), CpuModel.parse(model), vcpus, IrqchipMode.KERNEL)
        .of(id, 2_500_000);
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 1", "3, 2", "4, 2", "5, 3", "64, 6"})
  void everyTopologyLeafTellsTheSameCores(int vcpus, int idBits) {
    int id = vcpus - 1;
    CpuidTable intel = of("host", INTEL, vcpus, id);
    assertEquals(id, intel.get(1, 0, CpuidTable.EBX) >>> 24);
    assertEquals(vcpus, intel.get(1, 0, CpuidTable.EBX) >> 16 & 0xff);
    assertEquals(vcpus > 1, CpuFeature.named("ht").in(intel));
    int cores = 1 << idBits;
    assertEquals(cores - 1, intel.get(4, 0, CpuidTable.EAX) >>> 26);
    assertEquals(0, intel.get(4, 0, CpuidTable.EAX) >> 14 & 0xfff, "L1 is private");
    assertEquals(cores - 1, intel.get(4, 1, CpuidTable.EAX) >> 14 & 0xfff, "L3 is shared");
    for (int leaf : new int[] {0xb, 0x1f}) {
      assertEquals(0, intel.get(leaf, 0, CpuidTable.EAX), "one thread each");
      assertEquals(idBits, intel.get(leaf, 1, CpuidTable.EAX));
      assertEquals(vcpus, intel.get(leaf, 1, CpuidTable.EBX));
      assertEquals(id, intel.get(leaf, 1, CpuidTable.EDX));
    }
    CpuidTable amd = of("host", AMD, vcpus, id);
    assertEquals(vcpus - 1, amd.get(0x8000_0008, 0, CpuidTable.ECX) & 0xff);
    assertEquals(idBits, amd.get(0x8000_0008, 0, CpuidTable.ECX) >> 12 & 15);
    assertEquals(id, amd.get(0x8000_001e, 0, CpuidTable.EAX));
    assertEquals(vcpus - 1, amd.get(0x8000_001d, 1, CpuidTable.EAX) >> 14 & 0xfff);
    assertEquals(vcpus > 1, CpuFeature.named("cmp-legacy").in(amd));
  }

  @Test
  void featuresAreSwitchedByQemusAndLinuxNames() {
    CpuidTable table = of("host,-avx2,sse4_1=off,-tsc_deadline_timer", INTEL, 1, 0);
    assertFalse(CpuFeature.named("avx2").in(table));
    assertFalse(CpuFeature.named("sse4.1").in(table));
    assertFalse(CpuFeature.named("tsc-deadline").in(table));
    assertTrue(CpuFeature.named("avx").in(table));
  }

  @Test
  void aFeatureTakesThoseAlongThatStandOnIt() {
    CpuidTable table = of("host,-avx", INTEL, 1, 0);
    for (String gone : List.of("avx2", "fma", "avx512f", "avx512vl", "vaes")) {
      assertFalse(CpuFeature.named(gone).in(table), gone);
    }
    int components = table.get(0xd, 0, CpuidTable.EAX);
    assertEquals(3 | 3 << 3 | 1 << 9 | 3 << 17, components, "XCR0 without AVX and AVX-512");
    assertNull(table.find(0xd, 2));
    assertNull(of("host,-xsave", INTEL, 1, 0).find(0xd, 0));
  }

  @Test
  void anUnknownFeatureNamesTheNearest() {
    var e = assertThrows(AccelException.class, () -> of("host,+avx3", INTEL, 1, 0));
    assertEquals("-cpu: no CPU feature is named 'avx3'; the nearest is 'avx'", e.getMessage());
  }

  @Test
  void aFeatureThatTheHostLacksIsRefused() {
    CpuidTable host = host(INTEL);
    CpuFeature.named("avx2").set(host, false);
    CpuModel model = CpuModel.parse("host,+avx2");
    var e =
        assertThrows(
            AccelException.class, () -> new GuestCpuid(host, model, 1, IrqchipMode.KERNEL));
    assertEquals("-cpu +avx2: this host's KVM does not offer it", e.getMessage());
  }

  @Test
  void anUnknownModelIsRefused() {
    var e = assertThrows(AccelException.class, () -> of("pentium", INTEL, 1, 0));
    assertEquals("-cpu pentium: KVM knows the models host and max", e.getMessage());
  }

  @Test
  void theTscsFrequencyIsTold() {
    CpuidTable table = of("host", INTEL, 1, 0);
    assertEquals(GuestCpuid.TIMING, table.get(GuestCpuid.KVM_SIGNATURE, 0, CpuidTable.EAX));
    assertEquals(2_500_000, table.get(GuestCpuid.TIMING, 0, CpuidTable.EAX));
    long crystal = table.get(0x15, 0, CpuidTable.ECX) & 0xffff_ffffL;
    long hertz = crystal * table.get(0x15, 0, CpuidTable.EBX) / table.get(0x15, 0, CpuidTable.EAX);
    assertEquals(2_500_000_000L, hertz);
  }

  @Test
  void withoutKvmsApicItsTimerAndItsNotificationsAreGone() {
    CpuidTable table =
        new GuestCpuid(host(AMD), CpuModel.HOST, 1, IrqchipMode.USER).of(0, 2_500_000);
    for (String gone : List.of("tsc-deadline", "kvm-pv-eoi", "kvm-pv-ipi", "kvm-asyncpf-int")) {
      assertFalse(CpuFeature.named(gone).in(table), gone);
    }
    assertTrue(CpuFeature.named("kvmclock").in(table));
  }

  @Test
  void eachFeatureNameIsABitOfItsOwn() {
    long bits =
        CpuFeature.all().stream()
            .map(f -> "%x.%x.%d.%d".formatted(f.leaf(), f.subleaf(), f.register(), f.bit()))
            .distinct()
            .count();
    assertEquals(CpuFeature.all().size(), bits);
  }
}
