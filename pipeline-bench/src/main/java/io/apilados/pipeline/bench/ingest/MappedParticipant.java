// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A participant as a service that uses Jackson declares it: what {@link ParticipantsMapping} writes, as an object.
 *
 * @param idExterno the id of the row
 * @param cct the id of the school
 */
record MappedParticipant(
        @JsonProperty("id_externo") String idExterno,
        int cct,
        @Nullable String nombre,
        @JsonProperty("primer_apellido") @Nullable String primerApellido,
        @JsonProperty("segundo_apellido") @Nullable String segundoApellido,
        @Nullable Integer edad,
        @Nullable String sexo,
        @Nullable String curp,
        @Nullable String entidad,
        @Nullable String programa,
        @Nullable String implementacion,
        @JsonProperty("ciclo_escolar") @Nullable String cicloEscolar,
        @JsonProperty("periodo_de_implementacion") @Nullable String periodo,
        @Nullable String email,
        @Nullable Double mod1,
        @Nullable Double mod2,
        @Nullable Double mod3,
        List<String> asistencias) {

    private static final int CCT = 1;
    private static final int FIRST_PRESENCE = 17;

    /** Makes one of a row, by the position of its columns. */
    static MappedParticipant of(CsvRow row, CCTsCache schools) {
        String id = row.textOrNull(0);
        if (id == null) {
            throw new RejectedRecordException("missing-value", "column id: expected a value");
        }
        int school = schools.idOf(row, CCT);
        if (school == CCTsCache.ABSENT) {
            throw new RejectedRecordException("unknown-key", "column cct: the key is not in the catalog");
        }
        List<String> present = new ArrayList<>(row.header().size() - FIRST_PRESENCE);
        for (int i = FIRST_PRESENCE; i < row.header().size(); i++) {
            if (!row.isNull(i)) {
                present.add(row.header().names().get(i));
            }
        }
        return new MappedParticipant(
                id,
                school,
                row.textOrNull(2),
                row.textOrNull(3),
                row.textOrNull(4),
                row.integerOrNull(5),
                row.textOrNull(6),
                row.textOrNull(7),
                row.textOrNull(8),
                row.textOrNull(9),
                row.textOrNull(10),
                row.textOrNull(11),
                row.textOrNull(12),
                row.textOrNull(13),
                row.decimalOrNull(14),
                row.decimalOrNull(15),
                row.decimalOrNull(16),
                present);
    }
}
