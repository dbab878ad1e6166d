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
        String id = text(row, 0);
        if (id == null) {
            throw new RejectedRecordException("missing-value", "column id: expected a value");
        }
        int school = schools.idOf(row.text(CCT));
        if (school == CCTsCache.ABSENT) {
            throw new RejectedRecordException("unknown-key", "column cct: the key is not in the catalog");
        }
        List<String> present = new ArrayList<>();
        for (int i = FIRST_PRESENCE; i < row.header().size(); i++) {
            if (text(row, i) != null) {
                present.add(row.header().names().get(i));
            }
        }
        String age = text(row, 5);
        return new MappedParticipant(
                id,
                school,
                text(row, 2),
                text(row, 3),
                text(row, 4),
                age == null ? null : Integer.valueOf(age),
                text(row, 6),
                text(row, 7),
                text(row, 8),
                text(row, 9),
                text(row, 10),
                text(row, 11),
                text(row, 12),
                text(row, 13),
                decimal(row, 14),
                decimal(row, 15),
                decimal(row, 16),
                present);
    }

    private static @Nullable String text(CsvRow row, int column) {
        String text = row.text(column);
        return text.isEmpty() || text.equalsIgnoreCase("NA") ? null : text;
    }

    private static @Nullable Double decimal(CsvRow row, int column) {
        String text = text(row, column);
        return text == null ? null : Double.valueOf(text);
    }
}
