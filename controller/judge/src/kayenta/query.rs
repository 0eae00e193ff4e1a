//! From a metric's query to `PromQL`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::template::{TemplateError, expand};

/// What a filter begins with that is a whole query.
const LITERAL: &str = "PromQL:";

/// A metric's query of type `prometheus`. Fields that are not here are ignored, as upstream does.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PrometheusQuery {
    /// Name of the metric.
    pub metric_name: Option<String>,
    /// Literal matchers: `mode=~"user|system"`.
    pub label_bindings: Option<Vec<String>>,
    /// Labels by which series stay apart.
    pub group_by_fields: Option<Vec<String>>,
    /// `gce_instance` or `aws_ec2_instance`.
    pub resource_type: Option<String>,
    /// A filter.
    pub custom_inline_template: Option<String>,
    /// Name of a filter among the config's templates.
    pub custom_filter_template: Option<String>,
    /// Of old; refused.
    pub custom_filter: Option<String>,
}

/// Where a side of the comparison is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scope {
    /// Which program.
    pub scope: Option<String>,
    /// Which region, zone or namespace. Argo Rollouts calls it a region.
    #[serde(alias = "region")]
    pub location: Option<String>,
    /// More variables; they win.
    pub extended_scope_params: Option<BTreeMap<String, String>>,
}

/// A query that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Upstream refuses it as well.
    #[error(
        "CanaryMetricSetQueryConfig.customFilter is deprecated, use CanaryMetricSetQueryConfig.customInlineTemplate instead."
    )]
    CustomFilter,
    /// There is no template at all.
    #[error("Custom filter template '{0}' was referenced, but no templates were defined.")]
    NoTemplates(String),
    /// There are others.
    #[error("Custom filter template '{0}' was not found.")]
    NoTemplate(String),
    /// A template cannot be filled in.
    #[error("Problem evaluating custom filter template: {template}: {source}")]
    Template {
        /// Its text.
        template: String,
        /// Why.
        source: TemplateError,
    },
    /// There is nothing to ask for.
    #[error("Metric Name is required when query type is Default.")]
    NoMetric,
    /// There is nothing to tell the sides apart by.
    #[error("Either a resource type or a custom filter is required.")]
    NoFilter,
    /// Nobody knows its labels.
    #[error(
        "There is no explicit support for resourceType '{0}'. Your best bet is to use a custom filter template that references the appropriate labels."
    )]
    ResourceType(String),
    /// The labels of this kind of machine need one.
    #[error("Location is required when resourceType is '{0}' and no custom filter was specified.")]
    NoLocation(String),
}

impl Scope {
    /// What the variables of a filter stand for: the scope, then `of_query`, then the scope's own parameters; the last one wins.
    #[must_use]
    pub fn variables<'a>(
        &self,
        of_query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> BTreeMap<String, String> {
        let Self { scope, location, extended_scope_params } = self;
        let own = [("scope", given(scope.as_ref())), ("location", given(location.as_ref()))];
        let own = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
        let of_query = of_query.into_iter().filter(|(_, value)| !value.is_empty());
        let of_query = of_query.map(|(key, value)| (key.to_owned(), value.to_owned()));
        own.chain(of_query).chain(extended_scope_params.clone().into_iter().flatten()).collect()
    }
}

/// The filter of a query of any type, filled in: its own, else the one of the config's that it names, else none.
///
/// # Errors
/// There is no such template, or one of its variables is not known.
pub fn filter(
    inline: Option<&String>,
    named: Option<&String>,
    templates: &BTreeMap<String, String>,
    variables: &BTreeMap<String, String>,
) -> Result<Option<String>, QueryError> {
    let template = match (given(inline), given(named)) {
        (Some(inline), _) => inline,
        (None, Some(name)) if templates.is_empty() => return Err(QueryError::NoTemplates(name.to_owned())),
        (None, Some(name)) => templates.get(name).ok_or_else(|| QueryError::NoTemplate(name.to_owned()))?,
        (None, None) => return Ok(None),
    };
    let template = super::template::unescape(template);
    let filled = expand(&template, variables);
    filled.map(Some).map_err(|source| QueryError::Template { template, source })
}

/// Text that is there and not empty.
#[must_use]
pub fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl PrometheusQuery {
    /// The `PromQL` for one side. `templates` are the config's; `scope_label` is the label that names a machine.
    ///
    /// # Errors
    /// It names nothing to ask for, a template that cannot be used, or a kind of machine that nobody knows.
    pub fn promql(
        &self,
        templates: &BTreeMap<String, String>,
        scope: &Scope,
        scope_label: &str,
    ) -> Result<String, QueryError> {
        if self.custom_filter.is_some() {
            return Err(QueryError::CustomFilter);
        }
        let filter = self.filter(templates, scope)?;
        if let Some(query) = filter.as_deref().and_then(|filter| filter.strip_prefix(LITERAL)) {
            return Ok(query.to_owned());
        }
        let metric = given(self.metric_name.as_ref()).ok_or(QueryError::NoMetric)?;
        let matchers = match filter.filter(|filter| !filter.is_empty()) {
            Some(filter) => self.with_bindings_after(&filter),
            None => self.by_resource(scope, scope_label)?,
        };
        let matchers =
            if matchers.is_empty() { String::new() } else { format!("{{{}}}", matchers.join(",")) };
        let groups = self.group_by_fields.as_deref().unwrap_or_default();
        let by = if groups.is_empty() { String::new() } else { format!(" by ({})", groups.join(",")) };
        Ok(format!("avg({metric}{matchers}){by}"))
    }

    fn filter(
        &self,
        templates: &BTreeMap<String, String>,
        scope: &Scope,
    ) -> Result<Option<String>, QueryError> {
        let own = self.resource_type.as_ref().map(|kind| ("resourceType", kind.as_str()));
        let variables = scope.variables(own);
        filter(
            self.custom_inline_template.as_ref(),
            self.custom_filter_template.as_ref(),
            templates,
            &variables,
        )
    }

    fn with_bindings_after(&self, filter: &str) -> Vec<String> {
        let mut matchers: Vec<String> = filter.split(',').map(ToOwned::to_owned).collect();
        // Upstream's split forgets what is empty at the end.
        while matchers.last().is_some_and(String::is_empty) {
            matchers.pop();
        }
        matchers.extend(self.label_bindings.iter().flatten().cloned());
        matchers
    }

    fn by_resource(&self, scope: &Scope, scope_label: &str) -> Result<Vec<String>, QueryError> {
        let extended =
            |name: &str| given(scope.extended_scope_params.as_ref().and_then(|params| params.get(name)));
        let kind = given(self.resource_type.as_ref())
            .filter(|kind| !kind.trim().is_empty())
            .or_else(|| extended("resourceType"))
            .ok_or(QueryError::NoFilter)?;
        let location = given(scope.location.as_ref());
        let located = || location.ok_or_else(|| QueryError::NoLocation(kind.to_owned()));
        let name = given(scope.scope.as_ref());
        let mut matchers: Vec<String> = self.label_bindings.iter().flatten().cloned().collect();
        match kind {
            "gce_instance" => {
                let location = located()?;
                matchers.extend(name.map(|name| format!("{scope_label}=~\"{name}-.{{4}}\"")));
                let project =
                    extended("project").map(|project| format!("projects/{project}/")).unwrap_or_default();
                matchers.push(format!("zone=~\".+/{project}zones/{location}-.{{1}}\""));
            }
            "aws_ec2_instance" => {
                let location = located()?;
                matchers.extend(name.map(|name| format!("asg_groupName=\"{name}\"")));
                matchers.push(format!("zone=~\"{location}.{{1}}\""));
            }
            other => return Err(QueryError::ResourceType(other.to_owned())),
        }
        Ok(matchers)
    }
}
